#pragma once
/// Copies strips of B and rows of A into the form that products of bf16 read.
#include "adatape/simd/bf16_step.hpp"
#include "adatape/simd/gemm_kernel.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::simd {

/// to[k / 2][j][k % 2] = from[k * k_stride + j * col_stride], rounded to bf16, for k < depth, j < columns; 0 for other k and j.
/// `to` is [depth / 2, GemmTile::columns, 2], row-major, with depth rounded up to whole groups. 0 <= columns <= GemmTile::columns. Strides are in elements.
inline void pack_panel(const float* from, Index k_stride, Index col_stride, Index depth, Index columns, Bf16* to) {
  constexpr Index width = GemmTile<float>::columns;
  for (Index k = 0; k < (depth + bf16_group - 1) / bf16_group * bf16_group; ++k) {
    Bf16* const row = to + k / 2 * 2 * width + k % 2;
    for (Index j = 0; j < width; ++j) row[2 * j] = k < depth && j < columns ? Bf16(from[k * k_stride + j * col_stride]) : Bf16();
  }
}

/// `pairs` pairs of rows of a panel of bf16, as Bf16Step reads them: where they are, or widened to `buffer` [2 * pairs, GemmTile::columns].
inline const Bf16Step::Right* read_panel(const Bf16* panel, [[maybe_unused]] Index pairs, [[maybe_unused]] float* buffer) {
#if defined(ADATAPE_VDPBF16PS) || defined(ADATAPE_AMX)
  return panel;
#else
  constexpr Index width = GemmTile<float>::columns;
  for (Index p = 0; p < pairs; ++p)
    for (Index j = 0; j < width; j += lanes<float>) widen_pairs(panel + 2 * (p * width + j), buffer + 2 * p * width + j, buffer + (2 * p + 1) * width + j);
  return buffer;
#endif
}

/// Values that round_row writes for `count` values.
constexpr Index rounded_row(Index count) {
  constexpr Index unit = reads_bf16 && bf16_group > lanes<float> ? bf16_group : lanes<float>;
  return (count + unit - 1) / unit * unit;
}

/// Rounds `count` values of a row of A, which are `stride` elements apart. Zeros stand behind the last value: `to` is [rounded_row(count)].
inline void round_row(const float* from, Index stride, Index count, Bf16Step::Left* to) {
  for_each_batch<float>(count, [&](Index k, Index in_batch) { store_rounded(to + k, load_strided(from + k * stride, stride, in_batch)); });
  for (Index k = (count + lanes<float> - 1) / lanes<float> * lanes<float>; k < rounded_row(count); ++k) to[k] = {};
}

}  // namespace adatape::simd
