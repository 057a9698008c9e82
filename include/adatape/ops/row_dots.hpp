#pragma once
/// Dot products of one vector with every row of a matrix, and sums of squares. Every row is summed in the same order, so equal rows give equal bits.
#include "adatape/core/multiply_add.hpp"
#include "adatape/core/types.hpp"
#include "adatape/ops/dispatch.hpp"
#include "adatape/simd/reduce.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::ops {

namespace scalar {

/// dots [rows]: dots_i = sum_j matrix_ij vector_j for matrix [rows, width] and vector [width].
template <class T>
void row_dots(const T* matrix, Index rows, Index width, const T* vector, T* dots) {
  for (Index i = 0; i < rows; ++i) {
    T dot = 0;
    for (Index j = 0; j < width; ++j) dot = multiply_add(matrix[i * width + j], vector[j], dot);
    dots[i] = dot;
  }
}

/// sums [rows]: sums_i = sum_j (x_ij + y_ij)^2 for x and y [rows, width].
template <class T>
void row_squares(const T* x, const T* y, Index rows, Index width, T* sums) {
  for (Index i = 0; i < rows; ++i) {
    T sum = 0;
    for (Index j = i * width; j < (i + 1) * width; ++j) sum = multiply_add(x[j] + y[j], x[j] + y[j], sum);
    sums[i] = sum;
  }
}

}  // namespace scalar

namespace vectorised {

/// The rows are `stride` elements apart.
ADATAPE_INLINE void row_dots(const float* matrix, Index rows, Index width, Index stride, const float* vector, float* dots) {
  for (Index i = 0; i < rows; ++i) {
    auto sums = simd::splat(0.f);
    simd::for_each_batch<float>(width, [&](Index j, Index n) ADATAPE_INLINE_LAMBDA {
      sums = simd::fma(simd::load_partial(matrix + i * stride + j, n), simd::load_partial(vector + j, n), sums);
    });
    dots[i] = simd::reduce_sum(sums);
  }
}

/// results [rows]: the sum of the lanes of what add(row, first column, columns, sums) adds up over a row. Four rows at a time, so that no sum waits for the one
/// before it: the bits are those of row by row.
template <class Add>
ADATAPE_INLINE void for_rows(Index rows, Index width, float* results, const Add& add) {
  const auto some = [&]<int together>(std::integral_constant<int, together>, Index first) ADATAPE_INLINE_LAMBDA {
    simd::Batch<float> sums[std::size_t{together}];
    simd::unroll<together>([&](auto r) ADATAPE_INLINE_LAMBDA { sums[r] = simd::splat(0.f); });
    simd::for_each_batch<float>(width, [&](Index j, Index n) ADATAPE_INLINE_LAMBDA {
      simd::unroll<together>([&](auto r) ADATAPE_INLINE_LAMBDA { sums[r] = add(first + r, j, n, sums[r]); });
    });
    simd::unroll<together>([&](auto r) ADATAPE_INLINE_LAMBDA { results[first + r] = simd::reduce_sum(sums[r]); });
  };
  Index i = 0;
  for (; i + 4 <= rows; i += 4) some(std::integral_constant<int, 4>{}, i);
  for (; i < rows; ++i) some(std::integral_constant<int, 1>{}, i);
}

inline void row_dots(const float* matrix, Index rows, Index width, const float* vector, float* dots) {
  for_rows(rows, width, dots, [&](Index i, Index j, Index n, simd::Batch<float> sums) ADATAPE_INLINE_LAMBDA {
    return simd::fma(simd::load_partial(matrix + i * width + j, n), simd::load_partial(vector + j, n), sums);
  });
}

inline void row_squares(const float* x, const float* y, Index rows, Index width, float* results) {
  for_rows(rows, width, results, [&](Index i, Index j, Index n, simd::Batch<float> sums) ADATAPE_INLINE_LAMBDA {
    const auto value = simd::load_partial(x + i * width + j, n) + simd::load_partial(y + i * width + j, n);
    return simd::fma(value, value, sums);
  });
}

}  // namespace vectorised

/// dots [rows] = matrix [rows, width] vector [width], on the calling thread. dots overlaps neither operand.
template <class T>
void row_dots(const T* matrix, Index rows, Index width, const T* vector, T* dots) {
  if constexpr (is_vectorised<T>)
    vectorised::row_dots(matrix, rows, width, vector, dots);
  else
    scalar::row_dots(matrix, rows, width, vector, dots);
}

/// sums [rows]: sums_i = sum_j (x_ij + y_ij)^2 for x and y [rows, width], on the calling thread. sums overlaps neither.
template <class T>
void row_squares(const T* x, const T* y, Index rows, Index width, T* sums) {
  if constexpr (is_vectorised<T>)
    vectorised::row_squares(x, y, rows, width, sums);
  else
    scalar::row_squares(x, y, rows, width, sums);
}

}  // namespace adatape::ops
