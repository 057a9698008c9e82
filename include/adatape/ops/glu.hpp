#pragma once
/// Gated linear unit (Dauphin et al. 2017), forward and backward: a row (a, b) of 2 width values becomes the row a sigmoid(b) of width values.
#include "adatape/core/parallel.hpp"
#include "adatape/core/types.hpp"
#include "adatape/ops/dispatch.hpp"
#include "adatape/ops/sigmoid.hpp"
#include "adatape/simd/math.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::ops {

namespace scalar {

/// One row: x [2 width] -> y [width]
template <class T>
void glu_row(const T* x, Index width, T* y) {
  for (Index j = 0; j < width; ++j) y[j] = x[j] * sigmoid(x[width + j]);
}

/// One row: x [2 width] = (a, b), dy [width] -> dx [2 width] = (da, db) with da = dy s, db = dy a s (1 - s), s = sigmoid(b). dx overlaps neither x nor dy.
template <class T>
void glu_row_backward(const T* x, const T* dy, Index width, T* dx) {
  for (Index j = 0; j < width; ++j) {
    const T gate = sigmoid(x[width + j]);
    dx[j] = dy[j] * gate;
    dx[width + j] = dy[j] * gate * (1 - gate) * x[j];  // x last: dy x may overflow where gate (1 - gate) is 0
  }
}

}  // namespace scalar

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
    // x last: dy x may overflow where gate (1 - gate) is 0.
    simd::store_partial(dx + width + j, through * (simd::splat(1.f) - gate) * simd::load_partial(x + j, n), n);
  });
}

}  // namespace vectorised

/// The row functions of namespace scalar; float runs the vectorised form.
///@{
template <class T>
void glu_row(const T* x, Index width, T* y) {
  if constexpr (is_vectorised<T>)
    vectorised::glu_row(x, width, y);
  else
    scalar::glu_row(x, width, y);
}
template <class T>
void glu_row_backward(const T* x, const T* dy, Index width, T* dx) {
  if constexpr (is_vectorised<T>)
    vectorised::glu_row_backward(x, dy, width, dx);
  else
    scalar::glu_row_backward(x, dy, width, dx);
}
///@}

/// y [rows, width] = a sigmoid(b) for x [rows, 2 width] = (a, b). y does not overlap x. Throws as parallel_for does.
template <class T>
void glu(const T* x, Index rows, Index width, T* y) {
  parallel_chunks(rows, 16, [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) glu_row(x + i * 2 * width, width, y + i * width);
  });
}

/// dx [rows, 2 width] from x [rows, 2 width] and dy [rows, width]: glu_row_backward for every row. dx overlaps neither x nor dy. Throws as parallel_for does.
template <class T>
void glu_backward(const T* x, const T* dy, Index rows, Index width, T* dx) {
  parallel_chunks(rows, 16, [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) glu_row_backward(x + i * 2 * width, dy + i * width, width, dx + i * 2 * width);
  });
}

}  // namespace adatape::ops
