#pragma once
/// Copies strips of B and rows of A into the form that the kernel reads.
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

}  // namespace adatape::simd
