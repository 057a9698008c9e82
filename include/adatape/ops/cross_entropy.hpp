#pragma once
/// The two classification losses of one sample and their gradients, for the smoothed one-hot label  t_c = [c = label] (1 - s) + s / classes.
#include <algorithm>
#include <cmath>
#include <cstdint>

#include "adatape/core/assert.hpp"
#include "adatape/core/multiply_add.hpp"
#include "adatape/core/types.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::ops {

/// Which of the two losses, for logits x [classes] and the labels t of above.
enum class LossKind : std::uint8_t {
  sigmoid,  ///< sum_c (log(1 + exp(x_c)) - t_c x_c), the loss of the paper
  softmax   ///< -sum_c t_c log softmax(x)_c
};

/// Returns the loss of one row of logits x [classes]. Writes dx [classes] = dloss/dx. Preconditions:
/// - 0 <= label < classes (asserted),
/// - 0 <= smoothing <= 1 (asserted),
/// - dx does not overlap x.
/// No intermediate value overflows, unless a difference of two logits or the loss itself overflows. A class whose logit has the factor 0 in the loss adds
/// nothing, even where the logit is infinite. A NaN logit gives NaN. So does a logit of +infinity in a softmax.
template <class T>
T cross_entropy_row(LossKind kind, const T* x, Index classes, Index label, T smoothing, T* dx) {
  ADATAPE_ASSERT(label >= 0 && label < classes, "cross_entropy_row: the label must be one of the classes");
  ADATAPE_ASSERT(smoothing >= 0 && smoothing <= 1, "cross_entropy_row: the smoothing must be in [0, 1]");
  const T off = smoothing / static_cast<T>(classes), on = 1 - smoothing + off;
  const auto target = [&](Index c) { return c == label ? on : off; };
  T loss = 0;
  if (kind == LossKind::sigmoid) {
    for (Index c = 0; c < classes; ++c) {
      const T small = std::exp(-std::abs(x[c]));  // of exp(x) and exp(-x) the one that cannot overflow
      const T slope = (x[c] > 0 ? 1 : 0) - target(c);  // log(1 + exp(x)) - t x = max(x, 0) - t x + log(1 + exp(-|x|))
      if (slope != 0 || std::isnan(x[c])) loss = multiply_add(slope, x[c], loss);
      loss += std::log1p(small);
      dx[c] = (x[c] >= 0 ? 1 : small) / (1 + small) - target(c);
    }
  } else {
    T max = x[0];
    for (Index c = 1; c < classes; ++c) max = std::max(max, x[c]);
    T sum = 0;
    for (Index c = 0; c < classes; ++c) sum += dx[c] = std::exp(x[c] - max);
    const T log_sum = std::log(sum);  // of the logits less the maximum: added to a large maximum it would be rounded away
    for (Index c = 0; c < classes; ++c) {
      if (target(c) != 0 || std::isnan(log_sum)) loss = multiply_add(target(c), log_sum - (x[c] - max), loss);
      dx[c] = dx[c] / sum - target(c);
    }
  }
  return loss;
}

}  // namespace adatape::ops
