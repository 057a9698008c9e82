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
  template <class Value>
  Value operator()(Value value, Index /*row*/, Index /*column*/, Index /*count*/) const {
    return value;
  }
};

/// The matrix [rows of the product, width] of an epilogue, and whether the epilogue writes it.
template <class T>
struct EpilogueMemory {
  const T* data = nullptr;
  Index width = 0;
  bool written = false;
};

/// An epilogue that multiplies the result by factors [rows of the product, width], elementwise. The factors must outlive the product.
template <class T>
struct MultiplyEpilogue {
  const T* factors;
  Index width;
  template <class Value>
  Value operator()(Value value, Index row, Index column, Index count) const {
    const T* const from = factors + row * width + column;
    if constexpr (std::is_floating_point_v<Value>)
      return value * *from;
    else
      return value * simd::load_partial(from, count);
  }
  EpilogueMemory<T> memory() const { return {factors, width, false}; }
};

}  // namespace adatape::ops
