#pragma once
/// A product with a vector over the last axis, forward and backward: LayerScale (Touvron et al. 2021, "Going deeper with Image Transformers").
///     y_ij = gamma_j x_ij,  dgamma_j += sum_i dy_ij x_ij,  dx_ij = gamma_j dy_ij
#include "adatape/core/multiply_add.hpp"
#include "adatape/core/parallel.hpp"
#include "adatape/core/types.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::ops {

/// y [rows, width] from x [rows, width] and gamma [width]. y may be x. Throws as parallel_for does.
template <class T>
void layer_scale(const T* x, const T* gamma, Index rows, Index width, T* y) {
  parallel_chunks(rows, 32, [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i)
      for (Index j = 0; j < width; ++j) y[i * width + j] = gamma[j] * x[i * width + j];
  });
}

/// Writes dx [rows, width] and adds to dgamma [width], in the order of the rows. x and dy are [rows, width]. Nothing overlaps. Throws as parallel_for does.
template <class T>
void layer_scale_backward(const T* x, const T* gamma, const T* dy, Index rows, Index width, T* dx, T* dgamma) {
  parallel_chunks(width, 64, [&](Index begin, Index end) {
    for (Index i = 0; i < rows; ++i)
      for (Index j = begin; j < end; ++j) dgamma[j] = multiply_add(dy[i * width + j], x[i * width + j], dgamma[j]);
  });
  layer_scale(dy, gamma, rows, width, dx);
}

}  // namespace adatape::ops
