#pragma once
/// The two classification losses of one sample and their gradients, on the smoothed one-hot label  t_c = [c = label] (1 - s) + s / classes.
#include <algorithm>
#include <cmath>
#include <cstdint>

#include "adatape/core/multiply_add.hpp"
#include "adatape/core/types.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::ops {

enum class LossKind : std::uint8_t {
  sigmoid,  ///< sum_c log(1 + exp(x_c)) - t_c x_c, the paper's
  softmax   ///< -sum_c t_c log softmax(x)_c
};

/// Loss of one row x [classes]; writes dx [classes] = dloss/dx.
template <class T>
T cross_entropy_row(LossKind kind, const T* x, Index classes, Index label, T smoothing, T* dx) {
  const T off = smoothing / static_cast<T>(classes), on = 1 - smoothing + off;
  const auto target = [&](Index c) { return c == label ? on : off; };
  T loss = 0;
  if (kind == LossKind::sigmoid) {
    for (Index c = 0; c < classes; ++c) {
      const T small = std::exp(-std::abs(x[c]));  // of the two exponentials the one that cannot overflow
      loss += multiply_add(-target(c), x[c], std::max(x[c], T(0))) + std::log1p(small);
      dx[c] = (x[c] >= 0 ? 1 : small) / (1 + small) - target(c);
    }
  } else {
    T max = x[0];
    for (Index c = 1; c < classes; ++c) max = std::max(max, x[c]);
    T sum = 0;
    for (Index c = 0; c < classes; ++c) sum += dx[c] = std::exp(x[c] - max);
    const T log_sum = max + std::log(sum);
    for (Index c = 0; c < classes; ++c) {
      loss = multiply_add(target(c), log_sum - x[c], loss);
      dx[c] = dx[c] / sum - target(c);
    }
  }
  return loss;
}

}  // namespace adatape::ops
