#pragma once
/// LayerNorm (Ba, Kiros and Hinton 2016) over the last axis, forward and backward.
///     mean = sum_j x_j / D,  rstd = 1 / sqrt(sum_j (x_j - mean)^2 / D + epsilon),  y_j = (x_j - mean) rstd scale_j + bias_j
#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>
#include <type_traits>
#include <utility>

#include "adatape/core/error.hpp"
#include "adatape/core/multiply_add.hpp"
#include "adatape/core/parallel.hpp"
#include "adatape/core/types.hpp"
#include "adatape/ops/dispatch.hpp"
#include "adatape/simd/reduce.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::ops {

/// Added to the biased variance (the mean of the squared distances from the mean) unless a caller says otherwise.
inline constexpr double kLayerNormEpsilon = 1e-6;

namespace scalar {

/// (mean, rstd) of one row whose squares overflow (in float: values of 1.8e19 and more), from the row divided by a power of two. (NaN, NaN) if a value is not
/// finite. Without the division rstd would be 0, and the result would be the bias for every such row.
template <class T>
[[gnu::cold, gnu::noinline]] std::pair<T, T> row_moments_of_large(const T* x, Index width, double epsilon) {
  T largest = 0;
  bool finite = true;
  for (Index j = 0; j < width; ++j) {
    finite = finite && std::isfinite(x[j]);
    largest = std::max(largest, std::abs(x[j]));
  }
  if (!finite) return {std::numeric_limits<T>::quiet_NaN(), std::numeric_limits<T>::quiet_NaN()};
  const int exponent = std::ilogb(largest);
  T sum = 0, squares = 0;
  for (Index j = 0; j < width; ++j) sum += std::ldexp(x[j], -exponent);
  const T scaled_mean = sum / static_cast<T>(width);
  for (Index j = 0; j < width; ++j) {
    const T distance = std::ldexp(x[j], -exponent) - scaled_mean;
    squares = multiply_add(distance, distance, squares);
  }
  const T scaled_epsilon = std::max(std::ldexp(static_cast<T>(epsilon), -2 * exponent), std::numeric_limits<T>::min());  // not 0: rows of one value
  return {std::ldexp(scaled_mean, exponent), std::ldexp(1 / std::sqrt(squares / static_cast<T>(width) + scaled_epsilon), -exponent)};
}

/// mean and rstd of one row x [width], width >= 1, in two passes.
template <class T>
void row_moments(const T* x, Index width, T& mean, T& rstd, double epsilon = kLayerNormEpsilon) {
  T sum = 0;
  for (Index j = 0; j < width; ++j) sum += x[j];
  mean = sum / static_cast<T>(width);
  T squares = 0;
  for (Index j = 0; j < width; ++j) squares = multiply_add(x[j] - mean, x[j] - mean, squares);
  if (!std::isfinite(squares)) [[unlikely]] {
    std::tie(mean, rstd) = row_moments_of_large(x, width, epsilon);
    return;
  }
  rstd = 1 / std::sqrt(squares / static_cast<T>(width) + static_cast<T>(epsilon));
}

/// The first `count` values of one normalised row: y_j = (x_j - mean) rstd scale_j + bias_j. y may be x.
template <class T>
void normalise_row(const T* x, T mean, T rstd, const T* scale, const T* bias, T* y, Index count) {
  for (Index j = 0; j < count; ++j) y[j] = multiply_add((x[j] - mean) * rstd, scale[j], bias[j]);
}

/// With xhat = (x - mean) rstd and g = dy scale:  dx = rstd (g - mean_j(g) - xhat mean_j(g xhat)). dx may be dy.
template <class T>
void layer_norm_row_backward(const T* x, T mean, T rstd, const T* scale, const T* dy, T* dx, Index width) {
  T sum = 0, sum_xhat = 0;
  for (Index j = 0; j < width; ++j) {
    sum = multiply_add(dy[j], scale[j], sum);
    sum_xhat = multiply_add(dy[j] * scale[j], (x[j] - mean) * rstd, sum_xhat);
  }
  sum /= static_cast<T>(width);
  sum_xhat /= static_cast<T>(width);
  for (Index j = 0; j < width; ++j) dx[j] = rstd * multiply_add((mean - x[j]) * rstd, sum_xhat, multiply_add(dy[j], scale[j], -sum));
}

/// Columns [begin, end) of  dscale += sum_i dy_i xhat_i,  dbias += sum_i dy_i  over rows of x, dy [rows, width], in row order.
template <class T>
void add_layer_norm_parameter_gradients(const T* x, const T* mean, const T* rstd, const T* dy, Index rows, Index width, Index begin, Index end, T* dscale,
                                        T* dbias) {
  for (Index i = 0; i < rows; ++i) {
    for (Index j = begin; j < end; ++j) {
      dscale[j] = multiply_add(dy[i * width + j], (x[i * width + j] - mean[i]) * rstd[i], dscale[j]);
      dbias[j] += dy[i * width + j];
    }
  }
}

}  // namespace scalar

namespace vectorised {

using simd::Batch, simd::fma, simd::load_partial, simd::splat, simd::store_partial;

inline void row_moments(const float* x, Index width, float& mean, float& rstd, double epsilon) {
  mean = simd::sum(x, width) / static_cast<float>(width);
  Batch<float> squares = splat(0.f);
  simd::for_each_batch<float>(width, [&](Index j, Index n) {
    const Batch<float> distance = load_partial(x + j, n, mean) - splat(mean);
    squares = fma(distance, distance, squares);
  });
  const float sum = simd::reduce_sum(squares);
  if (!std::isfinite(sum)) [[unlikely]] {
    std::tie(mean, rstd) = scalar::row_moments_of_large(x, width, epsilon);
    return;
  }
  rstd = 1 / std::sqrt(sum / static_cast<float>(width) + static_cast<float>(epsilon));
}

inline void normalise_row(const float* x, float mean, float rstd, const float* scale, const float* bias, float* y, Index count) {
  simd::for_each_batch<float>(count, [&](Index j, Index n) {
    const Batch<float> xhat = (load_partial(x + j, n) - splat(mean)) * splat(rstd);
    store_partial(y + j, fma(xhat, load_partial(scale + j, n), load_partial(bias + j, n)), n);
  });
}

inline void layer_norm_row_backward(const float* x, float mean, float rstd, const float* scale, const float* dy, float* dx, Index width) {
  Batch<float> sums = splat(0.f), sums_xhat = splat(0.f);
  simd::for_each_batch<float>(width, [&](Index j, Index n) {
    const Batch<float> dy_j = load_partial(dy + j, n), scale_j = load_partial(scale + j, n);
    sums = fma(dy_j, scale_j, sums);
    sums_xhat = fma(dy_j * scale_j, (load_partial(x + j, n) - splat(mean)) * splat(rstd), sums_xhat);
  });
  const float inverse_width = 1 / static_cast<float>(width);
  const Batch<float> minus_mean_g = splat(-simd::reduce_sum(sums) * inverse_width), minus_mean_xhat = splat(-simd::reduce_sum(sums_xhat) * inverse_width);
  simd::for_each_batch<float>(width, [&](Index j, Index n) {
    const Batch<float> g_minus_mean = fma(load_partial(dy + j, n), load_partial(scale + j, n), minus_mean_g);
    const Batch<float> xhat = (load_partial(x + j, n) - splat(mean)) * splat(rstd);
    store_partial(dx + j, splat(rstd) * fma(xhat, minus_mean_xhat, g_minus_mean), n);
  });
}

inline void add_layer_norm_parameter_gradients(const float* x, const float* mean, const float* rstd, const float* dy, Index rows, Index width, Index begin,
                                               Index end, float* dscale, float* dbias) {
  for (Index i = 0; i < rows; ++i) {
    simd::for_each_batch<float>(end - begin, [&](Index j, Index n) {
      const Index column = begin + j, at = i * width + column;
      const Batch<float> g = load_partial(dy + at, n), xhat = (load_partial(x + at, n) - splat(mean[i])) * splat(rstd[i]);
      store_partial(dscale + column, fma(g, xhat, load_partial(dscale + column, n)), n);
      store_partial(dbias + column, load_partial(dbias + column, n) + g, n);
    });
  }
}

}  // namespace vectorised

/// The functions of namespace scalar; float runs the vectorised form.
///@{
template <class T>
void row_moments(const T* x, Index width, T& mean, T& rstd, double epsilon = kLayerNormEpsilon) {
  if constexpr (is_vectorised<T>)
    vectorised::row_moments(x, width, mean, rstd, epsilon);
  else
    scalar::row_moments(x, width, mean, rstd, epsilon);
}
template <class T>
void normalise_row(const T* x, T mean, T rstd, const T* scale, const T* bias, T* y, Index count) {
  if constexpr (is_vectorised<T>)
    vectorised::normalise_row(x, mean, rstd, scale, bias, y, count);
  else
    scalar::normalise_row(x, mean, rstd, scale, bias, y, count);
}
template <class T>
void layer_norm_row_backward(const T* x, T mean, T rstd, const T* scale, const T* dy, T* dx, Index width) {
  if constexpr (is_vectorised<T>)
    vectorised::layer_norm_row_backward(x, mean, rstd, scale, dy, dx, width);
  else
    scalar::layer_norm_row_backward(x, mean, rstd, scale, dy, dx, width);
}
template <class T>
void add_layer_norm_parameter_gradients(const T* x, const T* mean, const T* rstd, const T* dy, Index rows, Index width, Index begin, Index end, T* dscale,
                                        T* dbias) {
  if constexpr (is_vectorised<T>)
    vectorised::add_layer_norm_parameter_gradients(x, mean, rstd, dy, rows, width, begin, end, dscale, dbias);
  else
    scalar::add_layer_norm_parameter_gradients(x, mean, rstd, dy, rows, width, begin, end, dscale, dbias);
}
///@}

/// y [rows, width] from x [rows, width], scale and bias [width]. y may be x. Unless both are null, mean and rstd [rows] are written for the backward pass.
/// Throws Error where width is less than 1, or only one of mean and rstd is null. Also throws as parallel_for does.
template <class T>
void layer_norm(const T* x, const T* scale, const T* bias, Index rows, Index width, T* y, T* mean, T* rstd, double epsilon = kLayerNormEpsilon) {
  require(width >= 1, "layer_norm: wanted a width of at least 1, found ", width);
  require((mean == nullptr) == (rstd == nullptr), "layer_norm: wanted both of mean and rstd, or neither, found one");
  parallel_chunks(rows, 32, [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) {
      T row_mean, row_rstd;
      row_moments(x + i * width, width, row_mean, row_rstd, epsilon);
      normalise_row(x + i * width, row_mean, row_rstd, scale, bias, y + i * width, width);
      if (mean) {
        mean[i] = row_mean;
        rstd[i] = row_rstd;
      }
    }
  });
}

/// Writes dx [rows, width] and adds to dscale and dbias [width], by the equations of the two functions of namespace scalar. x, dy are [rows, width]; mean,
/// rstd are what layer_norm wrote. width >= 1. dx may be dy. There is no other overlap. Throws as parallel_for does.
template <class T>
void layer_norm_backward(const T* x, const T* mean, const T* rstd, const T* scale, const T* dy, Index rows, Index width, T* dx, T* dscale, T* dbias) {
  require(width > 0 && mean && rstd, "layer_norm_backward: wanted a width of at least 1 and the moments of forward, found width ", width,
          mean && rstd ? "" : " and no moments");
  parallel_chunks(width, 64, [&](Index begin, Index end) { add_layer_norm_parameter_gradients(x, mean, rstd, dy, rows, width, begin, end, dscale, dbias); });
  parallel_chunks(rows, 32, [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) layer_norm_row_backward(x + i * width, mean[i], rstd[i], scale, dy + i * width, dx + i * width, width);
  });
}

}  // namespace adatape::ops
