#pragma once
/// The logistic function of one value. simd/math.hpp has that of a batch of values.
#include <cmath>

#include "adatape/core/namespace.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::ops::scalar {

/// 1 / (1 + exp(-x))
template <class T>
T sigmoid(T x) {
  return 1 / (1 + std::exp(-x));
}

}  // namespace adatape::ops::scalar
