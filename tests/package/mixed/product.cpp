// A part: one translation unit of a program of several, compiled with flags of its own. PART is its name. This one packs a matrix into memory whose size
// is a constant of its own lanes, and multiplies with it. PackedWeights by code for more lanes, the matrix would not fit.
#include "adatape/ops/gemm.hpp"

#define PASTE(a, b) a##b
#define NAME(a, b) PASTE(a, b)

/// 15 numbers: C = A B with A [3, 7] and B [7, 5] of small whole numbers, exact. Returns the lanes of float, or -1 where memory behind B was written.
extern "C" long NAME(part_, PART)(double* numbers) {
  constexpr adatape::Index m = 3, k = 7, n = 5;
  constexpr auto size = static_cast<std::size_t>(adatape::ops::packed_size<float>(k, n));
  float a[m * k], b[k * n], c[m * n];
  for (int i = 0; i < m * k; ++i) a[i] = static_cast<float>(i % 4 - 1);
  for (int i = 0; i < k * n; ++i) b[i] = static_cast<float>(i % 6 - 2);
  alignas(64) float memory[size + 1024];
  for (float& value : memory) value = 9;
  const auto packed = adatape::ops::pack<float>(adatape::ops::row_major<const float>(b, k, n), memory);
  adatape::ops::gemm_serial<float>(adatape::ops::row_major<const float>(a, m, k), packed, adatape::ops::row_major(c, m, n));
  for (int i = 0; i < m * n; ++i) numbers[i] = static_cast<double>(c[i]);
  for (std::size_t i = size; i < size + 1024; ++i)
    if (memory[i] < 9 || memory[i] > 9) return -1;
  return static_cast<long>(adatape::simd::lanes<float>);
}
