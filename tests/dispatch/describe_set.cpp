/// Prints the instruction set, the width of a batch, and what does not depend on them: a product of small whole numbers, computed in a parallel loop with
/// scratch that is local to its thread, and an exception that crosses the library. The first line is written before main.
#include <array>
#include <atomic>
#include <cstdio>

#include "adatape/core/error.hpp"
#include "adatape/core/parallel.hpp"
#include "adatape/core/version.hpp"
#include "adatape/ops/gemm.hpp"

namespace {

using adatape::Index;

const int written = std::printf("static objects\n");

constexpr Index m = 37, k = 51, n = 43;

/// Sum over C = A B with a weight for each place, exact in float.
long checksum() {
  std::array<float, m * k> a;
  std::array<float, k * n> b;
  std::array<float, m * n> c;
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<float>(i % 7) - 3;
  for (std::size_t i = 0; i < b.size(); ++i) b[i] = static_cast<float>(i % 5) - 1;
  adatape::ops::gemm_serial<float>(adatape::ops::row_major<const float>(a.data(), m, k), adatape::ops::row_major<const float>(b.data(), k, n),
                                   adatape::ops::row_major(c.data(), m, n));
  long sum = 0;
  for (std::size_t i = 0; i < c.size(); ++i) sum += static_cast<long>(i % 11) * static_cast<long>(c[i]);
  return sum;
}

}  // namespace

int main() {
  std::printf("%s, %td lanes\n", adatape::kInstructionSet.data(), adatape::simd::lanes<float>);
  std::atomic<long> sum = 0;
  adatape::parallel_for(4, [&](Index i) { sum += (i + 1) * checksum(); });
  std::printf("checksum %ld\n", sum.load());
  try {
    adatape::parallel_for(4, [&](Index i) { adatape::require(i != 2, "item ", i); });
  } catch (const adatape::Error& error) {
    std::printf("caught %s\n", error.what());
  }
  return written > 0 ? 0 : 1;
}
