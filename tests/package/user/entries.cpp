// Entries of a library, extern "C": a product of small whole numbers, exact in float, and the width of a batch.
#include <array>
#include <cstdio>

#include "adatape/ops/gemm.hpp"

namespace {
const int made_before_use = std::printf("static objects\n");
}

extern "C" long user_lanes() { return made_before_use > 0 ? static_cast<long>(adatape::simd::lanes<float>) : 0; }

/// Sum over C = A B with a weight for each place; `scale` multiplies B.
extern "C" long user_checksum(double scale, const char* name) {
  constexpr adatape::Index m = 37, k = 51, n = 43;
  std::array<float, m * k> a;
  std::array<float, k * n> b;
  std::array<float, m * n> c;
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<float>(i % 7) - 3;
  for (std::size_t i = 0; i < b.size(); ++i) b[i] = static_cast<float>(scale) * (static_cast<float>(i % 5) - 1);
  adatape::ops::gemm_serial<float>(adatape::ops::row_major<const float>(a.data(), m, k), adatape::ops::row_major<const float>(b.data(), k, n),
                                   adatape::ops::row_major(c.data(), m, n));
  long sum = name[0];
  for (std::size_t i = 0; i < c.size(); ++i) sum += static_cast<long>(i % 11) * static_cast<long>(c[i]);
  return sum;
}
