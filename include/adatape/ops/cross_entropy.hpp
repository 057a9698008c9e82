#pragma once
/// The two classification losses of one sample and their gradients, for targets t that are a label or a row of probabilities, smoothed or not.
#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstdint>

#include "adatape/core/assert.hpp"
#include "adatape/core/multiply_add.hpp"
#include "adatape/core/types.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::ops {

/// Which of the two losses, for logits x [classes] and targets t [classes].
enum class LossKind : std::uint8_t {
  sigmoid,  ///< sum_c (log(1 + exp(x_c)) - t_c x_c), the loss of the paper
  softmax   ///< -sum_c t_c log softmax(x)_c
};

/// Returns the loss of one row of logits x [classes] for the targets t_c = target(c), whose sum is `total`. Writes dx [classes] = dloss/dx. Preconditions:
/// - every target is in [0, 1],
/// - dx does not overlap x.
/// No intermediate value overflows, unless a difference of two logits or the loss itself overflows. A class whose logit has the factor 0 in the loss adds
/// nothing, even where the logit is infinite. A NaN logit gives NaN. So does a logit of +infinity in a softmax.
template <class T, class Target>
  requires std::invocable<Target, Index>
T cross_entropy_row(LossKind kind, const T* x, Index classes, const Target& target, T total, T* dx) {
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
      dx[c] = dx[c] / sum * total - target(c);
    }
  }
  return loss;
}

/// The same for a label:  t_c = [c = label] (1 - s) + s / classes. Further preconditions:
/// - 0 <= label < classes (asserted),
/// - 0 <= smoothing <= 1 (asserted).
template <class T>
T cross_entropy_row(LossKind kind, const T* x, Index classes, Index label, T smoothing, T* dx) {
  ADATAPE_ASSERT(label >= 0 && label < classes, "cross_entropy_row: the label must be one of the classes");
  ADATAPE_ASSERT(smoothing >= 0 && smoothing <= 1, "cross_entropy_row: the smoothing must be in [0, 1]");
  const T off = smoothing / static_cast<T>(classes), on = 1 - smoothing + off;
  return cross_entropy_row(kind, x, classes, [=](Index c) { return c == label ? on : off; }, T(1), dx);
}

/// The same for a row q [classes]:  t_c = q_c (1 - s) + s / classes. A row of zeros and one 1 gives the bits of the label.
template <class T>
T cross_entropy_row(LossKind kind, const T* x, Index classes, const T* row, T smoothing, T* dx) {
  ADATAPE_ASSERT(smoothing >= 0 && smoothing <= 1, "cross_entropy_row: the smoothing must be in [0, 1]");
  const T off = smoothing / static_cast<T>(classes), rest = 1 - smoothing;
  T total = 0;
  for (Index c = 0; c < classes; ++c) total += row[c];
  return cross_entropy_row(kind, x, classes, [=](Index c) { return row[c] * rest + off; },
                           total == 1 ? T(1) : total * rest + smoothing, dx);
}

}  // namespace adatape::ops
