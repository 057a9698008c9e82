#pragma once
/// Gated linear unit (Dauphin et al. 2017): a row (a, b) of 2 width values becomes a sigmoid(b), forward and backward.
#include <cmath>

#include "adatape/core/parallel.hpp"
#include "adatape/core/types.hpp"

namespace adatape::ops {

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
    dx[width + j] = dy[j] * x[j] * gate * (1 - gate);
  }
}

}  // namespace reference

using reference::glu_row;
using reference::glu_row_backward;

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
