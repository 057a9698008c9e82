#pragma once
/// Dot products of one vector with every row of a matrix, each row reduced in the same fixed order, so that equal rows score bit-equal.
#include "adatape/core/types.hpp"

namespace adatape::ops {

namespace reference {

/// dots [rows]: dots_i = sum_j matrix_ij vector_j, matrix [rows, width]
template <class T>
void row_dots(const T* matrix, Index rows, Index width, const T* vector, T* dots) {
  for (Index i = 0; i < rows; ++i) {
    T dot = 0;
    for (Index j = 0; j < width; ++j) dot += matrix[i * width + j] * vector[j];
    dots[i] = dot;
  }
}

}  // namespace reference

using reference::row_dots;

}  // namespace adatape::ops
