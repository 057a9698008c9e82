#pragma once
/// Dot products of one vector with every row of a matrix. Every row is summed in the same order, so equal rows give equal bits.
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

}  // namespace vectorised

/// dots [rows] = matrix [rows, width] vector [width], on the calling thread. dots overlaps neither operand.
template <class T>
void row_dots(const T* matrix, Index rows, Index width, const T* vector, T* dots) {
  if constexpr (is_vectorised<T>)
    vectorised::row_dots(matrix, rows, width, width, vector, dots);
  else
    scalar::row_dots(matrix, rows, width, vector, dots);
}

}  // namespace adatape::ops
