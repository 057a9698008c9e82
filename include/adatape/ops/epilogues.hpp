#pragma once
/// Epilogues: functions of the result of a matrix product, applied while the result is still in cache. ops/gelu.hpp has those of GELU.
#include <type_traits>

#include "adatape/core/types.hpp"
#include "adatape/simd/batch.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::ops {

/// An epilogue returns what is stored for finished values of C in row `row`, columns [column, column + count). In the float path `value` is a simd::Batch, and
/// its first `count` lanes are used. In the reference `value` is a T and count is 1. An epilogue that reads or writes a matrix of its own, of the size of
/// the product, may have a member memory(), which returns an EpilogueMemory: its lines are loaded ahead. Several threads may call one epilogue at once.
struct KeepResult {
  /// `value` as it is.
  template <class Value>
  Value operator()(Value value, Index /*row*/, Index /*column*/, Index /*count*/) const {
    return value;
  }
};

/// The matrix [rows of the product, width] of an epilogue.
template <class T>
struct EpilogueMemory {
  const T* data = nullptr;  ///< row-major, rows adjacent; null: there is no matrix
  Index width = 0;          ///< columns of the product
  bool written = false;     ///< whether the epilogue writes the matrix; else it only reads it
};

/// An epilogue that multiplies the result by factors [rows of the product, width], elementwise. The factors must outlive the product.
template <class T>
struct MultiplyEpilogue {
  const T* factors;  ///< row-major, rows adjacent
  Index width;       ///< columns of the product
  /// `value` times the factors of these columns.
  template <class Value>
  Value operator()(Value value, Index row, Index column, Index count) const {
    const T* const from = factors + row * width + column;
    if constexpr (std::is_floating_point_v<Value>)
      return value * *from;
    else
      return value * simd::load_partial(from, count);
  }
  /// The factors, to be loaded ahead.
  EpilogueMemory<T> memory() const { return {factors, width, false}; }
};

}  // namespace adatape::ops
