#pragma once
/// Copies strips of B and rows of A into the form that the kernel reads.
#include "adatape/simd/bf16_step.hpp"
#include "adatape/simd/gemm_kernel.hpp"
#include "adatape/simd/transpose.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::simd {

/// to[k][j] = from[k * k_stride + j * col_stride] for k < depth, j < columns; to[k][j] = 0 for columns <= j < GemmTile::columns.
/// `to` is [depth, GemmTile::columns], row-major, and does not overlap `from`. 0 <= columns <= GemmTile::columns. Strides are in elements.
template <class T>
void pack_panel(const T* from, Index k_stride, Index col_stride, Index depth, Index columns, T* to) {
  constexpr Index width = GemmTile<T>::columns, n = lanes<T>;
  const auto at_most_a_batch = [](Index count) { return count < 0 ? Index{0} : count < n ? count : n; };
  if (col_stride == 1) {
    for (Index k = 0; k < depth; ++k, from += k_stride, to += width)
      for (Index j = 0; j < width; j += n) store(to + j, load_partial(from + j, at_most_a_batch(columns - j)));
  } else if (k_stride == 1) {
    for (Index j = 0; j < width; j += n) {
      const Index block_columns = at_most_a_batch(columns - j);
      for_each_batch<T>(depth, [&](Index k, Index count) {
        Batch<T> block[std::size_t{n}];
        unroll<static_cast<int>(n)>(
            [&](auto i) ADATAPE_INLINE_LAMBDA { block[i] = i < block_columns ? load_partial(from + (j + i) * col_stride + k, count) : splat(T(0)); });
        transpose<T>(block);
        unroll<static_cast<int>(n)>([&](auto i) ADATAPE_INLINE_LAMBDA {
          if (i < count) store(to + (k + i) * width + j, block[i]);
        });
      });
    }
  } else {
    for (Index k = 0; k < depth; ++k)
      for (Index j = 0; j < width; ++j) to[k * width + j] = j < columns ? from[k * k_stride + j * col_stride] : T(0);
  }
}

/// to[k / 2][j][k % 2] = from[k * k_stride + j * col_stride], rounded to bf16, for k < depth, j < columns; 0 for other k and j.
/// `to` is [(depth + 1) / 2, GemmTile::columns, 2], row-major. 0 <= columns <= GemmTile::columns. Strides are in elements.
inline void pack_panel(const float* from, Index k_stride, Index col_stride, Index depth, Index columns, Bf16* to) {
  constexpr Index width = GemmTile<float>::columns;
  for (Index k = 0; k < depth + depth % 2; ++k) {
    Bf16* const row = to + k / 2 * 2 * width + k % 2;
    for (Index j = 0; j < width; ++j) row[2 * j] = k < depth && j < columns ? Bf16(from[k * k_stride + j * col_stride]) : Bf16();
  }
}

/// `pairs` pairs of rows of a panel of bf16, as Bf16Step reads them: where they are, or widened to `buffer` [2 * pairs, GemmTile::columns].
inline const Bf16Step::Right* read_panel(const Bf16* panel, [[maybe_unused]] Index pairs, [[maybe_unused]] float* buffer) {
#if defined(ADATAPE_VDPBF16PS)
  return panel;
#else
  constexpr Index width = GemmTile<float>::columns;
  for (Index p = 0; p < pairs; ++p)
    for (Index j = 0; j < width; j += lanes<float>) widen_pairs(panel + 2 * (p * width + j), buffer + 2 * p * width + j, buffer + (2 * p + 1) * width + j);
  return buffer;
#endif
}

/// Rounds `count` values of a row of A, which are `stride` elements apart, for products of bf16. Writes whole batches: zeros behind the last value.
inline void round_row(const float* from, Index stride, Index count, Bf16Step::Left* to) {
  for_each_batch<float>(count, [&](Index k, Index in_batch) { store_rounded(to + k, load_strided(from + k * stride, stride, in_batch)); });
}

}  // namespace adatape::simd
