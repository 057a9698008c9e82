#pragma once
/// A product with a vector over the last axis, forward and backward, and as part of a packed kernel: LayerScale (Touvron et al. 2021, "Going deeper with Image
/// Transformers").
///     y_ij = gamma_j x_ij,  dgamma_j += sum_i dy_ij x_ij,  dx_ij = gamma_j dy_ij
#include "adatape/core/multiply_add.hpp"
#include "adatape/core/parallel.hpp"
#include "adatape/core/quantisation.hpp"
#include "adatape/ops/gemm.hpp"

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

/// As pack (ops/gemm.hpp) for B [k, n] whose column j is multiplied by gamma_j. B is rounded to Stored before it is multiplied, and once more behind. So a B
/// that was rounded already, as kernels are in checkpoints of fewer bits, gives the same bits. Throws as pack does, and std::bad_alloc if there is no memory.
template <class T, class Stored>
void pack_scaled(Matrix<const T> b, const T* gamma, Stored* destination) {
  Arena::Scope scope(thread_arena());
  const auto scaled = row_major(thread_arena().take<T>(b.rows * b.cols), b.rows, b.cols);
  for (Index j = 0; j < b.cols; ++j) {
    if constexpr (std::is_same_v<Stored, std::int8_t>) {
      const auto quantisation = quantisation_of(b.rows, [&](Index i) { return b(i, j); });
      for (Index i = 0; i < b.rows; ++i) scaled(i, j) = gamma[j] * (quantisation.scale * static_cast<T>(quantisation.integer(b(i, j))));
    } else {
      for (Index i = 0; i < b.rows; ++i) scaled(i, j) = gamma[j] * static_cast<T>(static_cast<Stored>(b(i, j)));
    }
  }
  pack<T>(scaled, destination);
}

}  // namespace adatape::ops
