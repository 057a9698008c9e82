#pragma once
/// Softmax of one row, and its gradient.
///
/// A weight is exp((x_j - max) scale) / sum. The largest raw score is subtracted before scaling, so the exponent is exactly 0 at the maximum, however large the
/// scores are. (exp(x_j scale - round(max scale)) in one fma would keep the rounding error of max scale. In float that error is 117 for scores of 3.3e10
/// scaled by 1 / sqrt(24).) Where x_j - max overflows, the weight is 0. A row with NaN or +infinity, or of -infinity only, becomes NaN.
#include <algorithm>
#include <cmath>

#include "adatape/core/assert.hpp"
#include "adatape/core/multiply_add.hpp"
#include "adatape/core/types.hpp"
#include "adatape/ops/dispatch.hpp"
#include "adatape/simd/math.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::ops {

/// Statistics of a row, from which the softmax weight of a raw score s is computed again: exp((s - max) scale) inverse_sum.
template <class T>
struct SoftmaxStatistics {
  T max;          ///< of the raw scores
  T inverse_sum;  ///< 1 / sum of exp((s - max) scale)
};

namespace scalar {

/// In place: x_j <- exp((x_j - max) scale) / sum for x [width]. Precondition: scale > 0 (asserted). Returns the statistics of the row; {0, 0} for width 0.
template <class T>
SoftmaxStatistics<T> softmax_row(T* x, Index width, T scale) {
  if (width == 0) return {0, 0};
  ADATAPE_ASSERT(scale > 0, "softmax_row: the scale must be greater than 0, for the largest score is looked for before scaling");
  T max = x[0];
  for (Index j = 1; j < width; ++j) max = std::max(max, x[j]);
  T sum = 0;
  for (Index j = 0; j < width; ++j) sum += x[j] = std::exp((x[j] - max) * scale);
  for (Index j = 0; j < width; ++j) x[j] *= 1 / sum;
  return {max, 1 / sum};
}

/// In place: x_j <- exp((x_j - max) scale) inverse_sum for raw scores x [width]. The weights have the bits that softmax_row gave.
template <class T>
void softmax_row_again(T* x, Index width, T scale, SoftmaxStatistics<T> statistics) {
  for (Index j = 0; j < width; ++j) x[j] = std::exp((x[j] - statistics.max) * scale) * statistics.inverse_sum;
}

/// In place: dw_j <- w_j (dw_j - sum_i w_i dw_i) scale, the gradient of the raw scores. w and dw are [width] and do not overlap.
template <class T>
void softmax_row_backward_in_place(const T* w, T* dw, Index width, T scale) {
  T dot = 0;
  for (Index j = 0; j < width; ++j) dot = multiply_add(w[j], dw[j], dot);
  for (Index j = 0; j < width; ++j) dw[j] = w[j] * (dw[j] - dot) * scale;
}

}  // namespace scalar

namespace vectorised {

using simd::Batch, simd::splat;

inline SoftmaxStatistics<float> softmax_row(float* x, Index width, float scale) {
  if (width == 0) return {0, 0};
  ADATAPE_ASSERT(scale > 0, "softmax_row: the scale must be greater than 0, for the largest score is looked for before scaling");
  const float max = simd::max(x, width);
  Batch<float> sums = splat(0.f);
  simd::for_each_batch<float>(width, [&](Index j, Index n) {
    const Batch<float> scores = simd::load_partial(x + j, n, -std::numeric_limits<float>::infinity());
    const Batch<float> weights = simd::exp((scores - splat(max)) * splat(scale));
    sums = sums + weights;
    simd::store_partial(x + j, weights, n);
  });
  const float inverse_sum = 1 / simd::reduce_sum(sums);
  simd::for_each_batch<float>(width, [&](Index j, Index n) { simd::store_partial(x + j, simd::load_partial(x + j, n) * splat(inverse_sum), n); });
  return {max, inverse_sum};
}

inline void softmax_row_again(float* x, Index width, float scale, SoftmaxStatistics<float> statistics) {
  simd::for_each_batch<float>(width, [&](Index j, Index n) {
    const Batch<float> exponents = (simd::load_partial(x + j, n) - splat(statistics.max)) * splat(scale);
    simd::store_partial(x + j, simd::exp(exponents) * splat(statistics.inverse_sum), n);
  });
}

inline void softmax_row_backward_in_place(const float* w, float* dw, Index width, float scale) {
  Batch<float> dots = splat(0.f);
  simd::for_each_batch<float>(width, [&](Index j, Index n) { dots = simd::fma(simd::load_partial(w + j, n), simd::load_partial(dw + j, n), dots); });
  const Batch<float> dot = splat(simd::reduce_sum(dots));
  simd::for_each_batch<float>(
      width, [&](Index j, Index n) { simd::store_partial(dw + j, simd::load_partial(w + j, n) * (simd::load_partial(dw + j, n) - dot) * splat(scale), n); });
}

}  // namespace vectorised

/// The functions of namespace scalar; float runs the vectorised form.
///@{
template <class T>
SoftmaxStatistics<T> softmax_row(T* x, Index width, T scale) {
  if constexpr (is_vectorised<T>)
    return vectorised::softmax_row(x, width, scale);
  else
    return scalar::softmax_row(x, width, scale);
}
template <class T>
void softmax_row_again(T* x, Index width, T scale, SoftmaxStatistics<T> statistics) {
  if constexpr (is_vectorised<T>)
    vectorised::softmax_row_again(x, width, scale, statistics);
  else
    scalar::softmax_row_again(x, width, scale, statistics);
}
template <class T>
void softmax_row_backward_in_place(const T* w, T* dw, Index width, T scale) {
  if constexpr (is_vectorised<T>)
    vectorised::softmax_row_backward_in_place(w, dw, width, scale);
  else
    scalar::softmax_row_backward_in_place(w, dw, width, scale);
}
///@}

}  // namespace adatape::ops
