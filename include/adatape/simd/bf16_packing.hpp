#pragma once
/// Copies strips of B and rows of A into the form that products of bf16 read.
#include "adatape/simd/bf16_pairs.hpp"
#include "adatape/simd/gemm_packing.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::simd {

namespace scalar {

/// to[k / 2][j][k % 2] = from[k * k_stride + j * col_stride] as products of bf16 take it, for k < depth, j < columns; 0 for other k and j.
/// `to` is [depth / 2, whole_batches(columns), 2], row-major, with depth rounded up to whole groups. Strides are in elements.
inline void pack_panel(const float* from, Index k_stride, Index col_stride, Index depth, Index columns, Bf16* to) {
  const Index width = whole_batches<float>(columns);
  for (Index k = 0; k < whole_bf16_groups(depth); ++k) {
    Bf16* const row = to + k / 2 * 2 * width + k % 2;
    for (Index j = 0; j < width; ++j) row[2 * j] = k < depth && j < columns ? rounded_to_bf16(from[k * k_stride + j * col_stride]) : Bf16();
  }
}

}  // namespace scalar

namespace detail {

/// Pairs of rows k and k + 1 of a matrix [rows, `stride`]. There are zeros for rows behind the last one.
ADATAPE_INLINE Batch<float> pairs_of_rows(const float* from, Index stride, Index k, Index rows, Index columns) {
  const auto row = [&](Index r) ADATAPE_INLINE_LAMBDA { return r < rows ? load_partial(from + r * stride, columns) : splat(0.f); };
  return rounded_pairs(row(k), row(k + 1));
}
/// Pairs of `count` adjacent values. There are zeros behind the last one.
ADATAPE_INLINE Batch<float> pairs_of_row(const float* from, Index count) {
  constexpr Index n = lanes<float>;
  if (count >= 2 * n) return adjacent_pairs(load(from), load(from + n));
  return adjacent_pairs(load_partial(from, count < n ? count : n), count > n ? load_partial(from + n, count - n) : splat(0.f));
}

/// Writes pairs; or rounds and writes floats, where the kernel reads these.
template <class Left>
ADATAPE_INLINE void store_left(Left* to, const Batch<float>& values) {
  if constexpr (std::is_same_v<Left, float>)
    store_rounded(to, values);
  else
    store_pairs(to, values);
}

}  // namespace detail

/// The same as scalar::pack_panel. (A NaN may have other bits.)
inline void pack_panel(const float* from, Index k_stride, Index col_stride, Index depth, Index columns, Bf16* to) {
  constexpr Index n = lanes<float>;
  const Index width = whole_batches<float>(columns), pairs = whole_bf16_groups(depth) / 2;
  const auto batch_columns = [&](Index j) { return columns - j < n ? columns - j : n; };
  if (col_stride == 1) {
    for (Index p = 0; p < pairs; ++p)
      for (Index j = 0; j < width; j += n) store_pairs(to + 2 * (p * width + j), detail::pairs_of_rows(from + j, k_stride, 2 * p, depth, batch_columns(j)));
  } else if (k_stride == 1) {
    for (Index j = 0; j < width; j += n) {
      for (Index p = 0; p < pairs; p += n) {
        Batch<float> block[std::size_t{n}];
        for (Index i = 0; i < n; ++i)
          block[i] = i < batch_columns(j) && 2 * p < depth ? detail::pairs_of_row(from + (j + i) * col_stride + 2 * p, depth - 2 * p) : splat(0.f);
        transpose<float>(block);
        for (Index i = 0; i < n && p + i < pairs; ++i) store_pairs(to + 2 * ((p + i) * width + j), block[i]);
      }
    }
  } else {
    scalar::pack_panel(from, k_stride, col_stride, depth, columns, to);
  }
}

/// `pairs` pairs of rows of a panel of bf16 [pairs, width, 2], as Bf16Step reads them: where they are, or widened to `buffer` [2 * pairs, width].
inline const Bf16Step::Right* read_panel(const Bf16* panel, [[maybe_unused]] Index pairs, [[maybe_unused]] Index width,
                                         [[maybe_unused]] Bf16Step::Right* buffer) {
#if defined(ADATAPE_READS_BF16)
  return panel;
#else
  for (Index p = 0; p < pairs; ++p)
    for (Index j = 0; j < width; j += lanes<float>) widen_pairs(panel + 2 * (p * width + j), buffer + 2 * p * width + j, buffer + (2 * p + 1) * width + j);
  return buffer;
#endif
}

/// Copies and rounds a panel as Bf16Step reads it. Arguments as in pack_panel, with `to` of [depth, whole_batches(columns)] where the step reads floats.
inline void round_panel(const float* from, Index k_stride, Index col_stride, Index depth, Index columns, Bf16Step::Right* to) {
  pack_panel(from, k_stride, col_stride, depth, columns, to);
#if !defined(ADATAPE_READS_BF16)
  for (Index i = 0; i < depth * whole_batches<float>(columns); i += lanes<float>) store_rounded(to + i, load(to + i));
#endif
}

/// Values that round_row writes for `count` values.
constexpr Index rounded_row(Index count) {
  constexpr Index unit = reads_bf16 && bf16_group > lanes<float> ? bf16_group : lanes<float>;
  return divide_up(count, unit) * unit;
}

/// Rounds `count` values of a row of A, which are `stride` elements apart. Zeros stand behind the last value: `to` is [rounded_row(count)].
inline void round_row(const float* from, Index stride, Index count, Bf16Step::Left* to) {
  for_each_batch<float>(count, [&](Index k, Index in_batch) { store_rounded(to + k, load_strided(from + k * stride, stride, in_batch)); });
  for (Index k = (count + lanes<float> - 1) / lanes<float> * lanes<float>; k < rounded_row(count); ++k) to[k] = {};
}

/// Rounds A [rows, count] whose rows are adjacent: A_ik = from[k * stride + i]. Row i of the result begins at to + i * to_stride. Zeros stand behind its last
/// value, up to a whole number of registers.
inline void round_columns(const float* from, Index stride, Index rows, Index count, Bf16Step::Left* to, Index to_stride) {
  const auto take = [&](Index i, Index k, Index in_batch) {
    if constexpr (reads_bf16)
      return detail::pairs_of_rows(from + i, stride, k, count, in_batch);
    else
      return k < count ? load_partial(from + k * stride + i, in_batch) : splat(0.f);
  };
  detail::rows_of_columns<float>(rows, count, reads_bf16 ? 2 : 1, take,
                                 [&](Index i, Index k, const Batch<float>& values) { detail::store_left(to + i * to_stride + k, values); });
}

}  // namespace adatape::simd
