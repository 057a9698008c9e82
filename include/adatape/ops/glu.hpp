#pragma once
/// Gated linear unit (Dauphin et al. 2017): a row (a, b) of 2 width values becomes a sigmoid(b), forward and backward.
#include <cmath>

#include "adatape/core/parallel.hpp"
#include "adatape/core/types.hpp"
#include "adatape/ops/dispatch.hpp"
#include "adatape/simd/math.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::ops {

namespace reference {

template <class T>
T sigmoid(T x) {
  return 1 / (1 + std::exp(-x));
}

/// One row: x [2 width] -> y [width]
template <class T>
void glu_row(const T* x, Index width, T* y) {
  for (Index j = 0; j < width; ++j) y[j] = x[j] * sigmoid(x[width + j]);
}

/// da = dy s,  db = dy a s (1 - s)  with s = sigmoid(b)
template <class T>
void glu_row_backward(const T* x, const T* dy, Index width, T* dx) {
  for (Index j = 0; j < width; ++j) {
    const T gate = sigmoid(x[width + j]);
    dx[j] = dy[j] * gate;
    dx[width + j] = dy[j] * gate * (1 - gate) * x[j];  // x last: dy x alone may overflow where the rest is 0
  }
}

}  // namespace reference

namespace vectorised {

inline void glu_row(const float* x, Index width, float* y) {
  simd::for_each_batch<float>(width, [&](Index j, Index n) {
    simd::store_partial(y + j, simd::load_partial(x + j, n) * simd::sigmoid(simd::load_partial(x + width + j, n)), n);
  });
}

inline void glu_row_backward(const float* x, const float* dy, Index width, float* dx) {
  simd::for_each_batch<float>(width, [&](Index j, Index n) {
    const auto gate = simd::sigmoid(simd::load_partial(x + width + j, n)), through = simd::load_partial(dy + j, n) * gate;
    simd::store_partial(dx + j, through, n);
    // x last: its product with dy alone may overflow where the rest is 0.
    simd::store_partial(dx + width + j, through * (simd::splat(1.f) - gate) * simd::load_partial(x + j, n), n);
  });
}

}  // namespace vectorised

template <class T>
void glu_row(const T* x, Index width, T* y) {
  if constexpr (is_vectorised<T>)
    vectorised::glu_row(x, width, y);
  else
    reference::glu_row(x, width, y);
}

template <class T>
void glu_row_backward(const T* x, const T* dy, Index width, T* dx) {
  if constexpr (is_vectorised<T>)
    vectorised::glu_row_backward(x, dy, width, dx);
  else
    reference::glu_row_backward(x, dy, width, dx);
}

/// y [rows, width] from x [rows, 2 width].
template <class T>
void glu(const T* x, Index rows, Index width, T* y) {
  parallel_chunks(rows, 16, [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) glu_row(x + i * 2 * width, width, y + i * width);
  });
}

/// dx [rows, 2 width] from x [rows, 2 width] and dy [rows, width].
template <class T>
void glu_backward(const T* x, const T* dy, Index rows, Index width, T* dx) {
  parallel_chunks(rows, 16, [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) glu_row_backward(x + i * 2 * width, dy + i * width, width, dx + i * 2 * width);
  });
}

}  // namespace adatape::ops
