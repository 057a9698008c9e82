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

/// sum_j (x_j + y_j)^2 for x and y [width].
template <class T>
T sum_of_squares(const T* x, const T* y, Index width) {
  T sum = 0;
  for (Index j = 0; j < width; ++j) sum = multiply_add(x[j] + y[j], x[j] + y[j], sum);
  return sum;
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

/// Four rows at a time, so that no sum waits for the one before it. The bits are those of row by row.
inline void row_dots(const float* matrix, Index rows, Index width, const float* vector, float* dots) {
  constexpr int together = 4;
  Index i = 0;
  for (; i + together <= rows; i += together) {
    simd::Batch<float> sums[together];
    simd::unroll<together>([&](auto r) ADATAPE_INLINE_LAMBDA { sums[r] = simd::splat(0.f); });
    simd::for_each_batch<float>(width, [&](Index j, Index n) ADATAPE_INLINE_LAMBDA {
      const auto value = simd::load_partial(vector + j, n);
      simd::unroll<together>(
          [&](auto r) ADATAPE_INLINE_LAMBDA { sums[r] = simd::fma(simd::load_partial(matrix + (i + r) * width + j, n), value, sums[r]); });
    });
    simd::unroll<together>([&](auto r) ADATAPE_INLINE_LAMBDA { dots[i + r] = simd::reduce_sum(sums[r]); });
  }
  row_dots(matrix + i * width, rows - i, width, width, vector, dots + i);
}

inline float sum_of_squares(const float* x, const float* y, Index width) {
  auto sums = simd::splat(0.f);
  simd::for_each_batch<float>(width, [&](Index j, Index n) {
    const auto value = simd::load_partial(x + j, n) + simd::load_partial(y + j, n);
    sums = simd::fma(value, value, sums);
  });
  return simd::reduce_sum(sums);
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

/// sum_j (x_j + y_j)^2 for x and y [width], on the calling thread.
template <class T>
T sum_of_squares(const T* x, const T* y, Index width) {
  if constexpr (is_vectorised<T>)
    return vectorised::sum_of_squares(x, y, width);
  else
    return scalar::sum_of_squares(x, y, width);
}

}  // namespace adatape::ops
