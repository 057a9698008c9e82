#pragma once
/// Copies strips of B and rows of A into the form that the kernel reads.
#include "adatape/simd/gemm_tile.hpp"
#include "adatape/simd/transpose.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::simd {

namespace detail {

/// Turns A [rows, count] whose columns are adjacent into rows, a square block at a time. Blocks of the same k follow each other, so that rows of memory are
/// read from their first line to their last one: down a column each line lies in a page of its own. take(i, k, in_batch) returns `values` k of rows i to
/// i + in_batch, for one k or for a pair in each lane. put(i, k, batch) writes lanes * values k of row i, those behind `count` too.
template <class T, class Take, class Put>
void rows_of_columns(Index rows, Index count, Index values, const Take& take, const Put& put) {
  constexpr Index n = lanes<T>;
  for (Index k = 0; k < count; k += n * values) {
    for_each_batch<T>(rows, [&](Index i, Index in_batch) {
      Batch<T> block[std::size_t{n}];
      unroll<static_cast<int>(n)>([&](auto l) ADATAPE_INLINE_LAMBDA { block[l] = take(i, k + l * values, in_batch); });
      transpose<T>(block);
      unroll<static_cast<int>(n)>([&](auto row) ADATAPE_INLINE_LAMBDA {
        if (row < in_batch) put(i + row, k, block[row]);
      });
    });
  }
}

}  // namespace detail

/// Copies A [rows, count] whose columns are adjacent, A_ik = from[k * stride + i]: its row i begins at to + i * to_stride. Zeros stand behind the last value of
/// a row, up to a whole number of registers.
template <class T>
void copy_columns(const T* from, Index stride, Index rows, Index count, T* to, Index to_stride) {
  const auto take = [&](Index i, Index k, Index in_batch) { return k < count ? load_partial(from + k * stride + i, in_batch) : splat(T(0)); };
  detail::rows_of_columns<T>(rows, count, 1, take, [&](Index i, Index k, const Batch<T>& values) { store(to + i * to_stride + k, values); });
}

/// to[k][j] = from[k * k_stride + j * col_stride] for k < depth, j < columns, and 0 for the other columns. `to` is [depth, whole_batches(columns)], row-major,
/// and does not overlap `from`. Strides are in elements.
template <class T>
void pack_panel(const T* from, Index k_stride, Index col_stride, Index depth, Index columns, T* to) {
  constexpr Index n = lanes<T>;
  const Index width = whole_batches<T>(columns);
  const auto at_most_a_batch = [](Index count) { return count < n ? count : n; };
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
