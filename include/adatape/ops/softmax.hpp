#pragma once
/// Softmax of one row, and its gradient.
#include <algorithm>
#include <cmath>

#include "adatape/core/types.hpp"

namespace adatape::ops {

/// What turns a raw score s into its softmax weight again: exp(s scale - max) * inverse_sum.
template <class T>
struct SoftmaxStatistics {
  T max;          ///< of the scaled scores
  T inverse_sum;  ///< 1 / sum of exp(s scale - max)
};

namespace reference {

/// In place: x_j <- exp(x_j scale - max) / sum. An empty row is left alone.
template <class T>
SoftmaxStatistics<T> softmax_row(T* x, Index width, T scale) {
  if (width == 0) return {0, 0};
  T max = x[0] * scale;
  for (Index j = 1; j < width; ++j) max = std::max(max, x[j] * scale);
  T sum = 0;
  for (Index j = 0; j < width; ++j) sum += x[j] = std::exp(x[j] * scale - max);
  for (Index j = 0; j < width; ++j) x[j] *= 1 / sum;
  return {max, 1 / sum};
}

/// In place: x_j <- exp(x_j scale - max) inverse_sum, the weights that softmax_row gave.
template <class T>
void softmax_row_again(T* x, Index width, T scale, SoftmaxStatistics<T> statistics) {
  for (Index j = 0; j < width; ++j) x[j] = std::exp(x[j] * scale - statistics.max) * statistics.inverse_sum;
}

/// In place: dw_j <- w_j (dw_j - sum_i w_i dw_i) scale, the gradient of the raw scores.
template <class T>
void softmax_row_backward(const T* w, T* dw, Index width, T scale) {
  T dot = 0;
  for (Index j = 0; j < width; ++j) dot += w[j] * dw[j];
  for (Index j = 0; j < width; ++j) dw[j] = w[j] * (dw[j] - dot) * scale;
}

}  // namespace reference

using reference::softmax_row;
using reference::softmax_row_again;
using reference::softmax_row_backward;

}  // namespace adatape::ops
