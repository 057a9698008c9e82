#pragma once
/// The answer of PonderNet for an expectation: the predictions of all steps, averaged with the probability of halting at each.
#include <algorithm>
#include <cmath>
#include <limits>

#include "adatape/core/context.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::model {

namespace detail {

/// ln sum_i exp(x_i), of terms that are added one by one. No exponential overflows.
class LogSum {
 public:
  void add(double x) {
    if (x > largest_) {
      sum_ = sum_ * std::exp(largest_ - x) + 1;
      largest_ = x;
    } else if (x > -std::numeric_limits<double>::infinity()) {
      sum_ += std::exp(x - largest_);
    } else if (std::isnan(x)) {
      sum_ = x;
    }
  }
  double value() const { return largest_ + std::log(sum_); }

 private:
  double largest_ = -std::numeric_limits<double>::infinity(), sum_ = 0;
};

/// ln sigmoid(x)
inline double log_sigmoid(double x) { return std::min(x, 0.0) - std::log1p(std::exp(-std::abs(x))); }

}  // namespace detail

/// One prediction of every sample from an output with several, in memory of the arena. With probabilities p_n of a sample:
///     softmax_expectation: logit_c = ln sum_n p_n softmax(y_n)_c;   sigmoid_expectation: q_c = sum_n p_n sigmoid(y_nc),  logit_c = ln q_c - ln(1 - q_c)
///     pooled = sum_n p_n pooled_n
/// so softmax or sigmoid of the logits is the expected probability. Sums are in double. Throws std::bad_alloc where there is no memory.
template <class Output>
Output expected_output(const Output& steps, HaltingRule rule, Arena& arena) {
  using T = std::remove_cvref_t<decltype(*steps.logits)>;
  constexpr Index classes = Output::classes, features = Output::features;
  const bool sigmoid = rule == HaltingRule::sigmoid_expectation;
  Output output(steps.samples, steps.trace, arena);
  output.own_length = steps.own_length;
  output.bank_length = steps.bank_length;
  output.ponder = steps.ponder;
  std::fill_n(output.pooled, output.samples * features, T(0));
  double* const weight = arena.take<double>(steps.predictions);
  for (Index b = 0; b < steps.samples; ++b) {
    const T* const p = steps.probability + b * steps.predictions;
    const auto row = [&](Index n) { return steps.logits + (n * steps.samples + b) * classes; };
    for (Index n = 0; n < steps.predictions; ++n) {
      detail::LogSum normaliser;
      if (!sigmoid)
        for (Index c = 0; c < classes; ++c) normaliser.add(static_cast<double>(row(n)[c]));
      weight[n] = std::log(static_cast<double>(p[n])) - (sigmoid ? 0 : normaliser.value());
    }
    for (Index c = 0; c < classes; ++c) {
      detail::LogSum positive, negative;
      for (Index n = 0; n < steps.predictions; ++n) {
        const auto logit = static_cast<double>(row(n)[c]);
        positive.add(weight[n] + (sigmoid ? detail::log_sigmoid(logit) : logit));
        if (sigmoid) negative.add(weight[n] + detail::log_sigmoid(-logit));
      }
      output.logits[b * classes + c] = static_cast<T>(positive.value() - (sigmoid ? negative.value() : 0));
    }
    for (Index n = 0; n < steps.predictions; ++n)
      for (Index d = 0; d < features; ++d) output.pooled[b * features + d] += p[n] * steps.pooled[(n * steps.samples + b) * features + d];
  }
  return output;
}

}  // namespace adatape::model
