#pragma once
/// Epilogues: functions of the result of a matrix product, applied while the result is still in cache. ops/gelu.hpp has those of GELU.
#include <type_traits>

#include "adatape/core/types.hpp"
#include "adatape/simd/batch.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::ops {

/// An epilogue returns what is stored for finished values of C in row `row`, columns [column, column + count). In the float path `value` is a simd::Batch, and
/// its first `count` lanes are used. In the reference `value` is a T and count is 1. An epilogue that reads or writes memory of its own may have a member
/// prefetch(row, column). It is called for the cache lines that the epilogue will need soon. Several threads may call one epilogue at once.
struct KeepResult {
  template <class Value>
  Value operator()(Value value, Index /*row*/, Index /*column*/, Index /*count*/) const {
    return value;
  }
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
  void prefetch(Index row, Index column) const { simd::prefetch(factors + row * width + column); }
};

}  // namespace adatape::ops
