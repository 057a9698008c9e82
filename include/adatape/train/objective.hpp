#pragma once
/// What training minimises: a policy of Trainer, and the library's own, CrossEntropy.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>
#include <span>
#include <vector>

#include "adatape/core/arena.hpp"
#include "adatape/core/error.hpp"
#include "adatape/ops/cross_entropy.hpp"
#include "adatape/train/targets.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::train {

/// The loss of some samples, summed and not averaged, and its gradients.
template <class Gradient>
struct ObjectiveValue {
  double loss = 0;      ///< sum_b weight_b loss_b
  Index correct = 0;    ///< samples whose answer counts as right
  Gradient gradient{};  ///< of `loss`; views into the arena that the objective was given
};

/// Weights [samples] with which the sum of an objective is the mean: weights / sum of weights, or 0 where that sum is 0. Empty weights stand for 1.
template <class T>
std::vector<T> mean_weights(std::span<const T> weights, Index samples) {
  std::vector<T> result(weights.begin(), weights.end());
  if (result.empty()) result.assign(static_cast<std::size_t>(samples), T(1));
  const T sum = std::accumulate(result.begin(), result.end(), T(0));
  for (T& weight : result) weight = sum > 0 ? weight / sum : T(0);
  return result;
}

/// An objective O for a model's output is a copyable struct with
///     O::Targets<T>                                        with members check_size, part and chosen, as ClassTargets has
///     check(objective)                                     throws Error for options that cannot be meant
///     objective.check_targets<Output>(targets, samples)    throws Error where targets do not fit
///     objective(output, targets, weights, step, arena)     -> ObjectiveValue<Output::Gradient>
/// An objective may have check_outputs<Output, T>(), which throws Error for options that do not fit the outputs of a model of T. Trainer then calls it where it
/// takes the options.
/// An objective may have initial_logit(classes). Trainer then calls set_initial_logit(params, logit) of a new model that has it.
/// weights are [samples], or empty where all are 1. `step` is the number of the training step. The result adds up over the parts of a batch. Trainer divides
/// by the sum of the weights.
template <class O, class T, class Output>
concept Objective = std::copyable<O> && requires(const O& objective, const Output& output, const typename O::template Targets<T>& targets,
                                                 std::span<const T> weights, Arena& arena) {
  check(objective);
  objective.template check_targets<Output>(targets, Index{});
  { objective(output, targets, weights, Index{}, arena) } -> std::same_as<ObjectiveValue<typename Output::Gradient>>;
};

/// Cross-entropy of the logits, and the ponder loss:  loss_b = cross-entropy_b + ponder_weight(step) ponder_b
/// Where a sample has several predictions (PonderNet):  loss_b = sum_n p_bn cross-entropy_bn + ponder_weight(step) ponder_b
/// The default is softmax: it needs no prior. Sigmoid cross-entropy is the paper's. bench/losses compares them (docs/results.md).
struct CrossEntropy {
  ops::LossKind loss = ops::LossKind::softmax;  ///< softmax: one class is right; sigmoid: each class is right or wrong by itself
  double label_smoothing = 0;             ///< s in the target t (1 - s) + s / classes
  std::optional<double> ponder_weight{};  ///< none: Trainer takes that of the configuration
  Index ponder_delay = 0;                 ///< steps in which the ponder weight is 0
  Index ponder_ramp = 0;                  ///< steps after that in which it rises linearly to ponder_weight
  Index classes = 0;  ///< of the data: only the first so many outputs take part, and no gradient reaches the others; 0: all outputs of the model
  std::optional<double> head_bias{};  ///< with which the bias of the head starts; none: the logit of probability 1 / classes

  template <class T>
  using Targets = ClassTargets<T>;  ///< labels, or rows of probabilities

  /// The outputs of a model with so many that take part.
  Index classes_of(Index outputs) const { return classes > 0 ? classes : outputs; }
  /// The logit with which a model of so many outputs should begin: head_bias, or that of probability 1 / C for C classes. Sigmoid: -ln(C - 1); softmax: 0.
  /// Trainer sets the bias of the head to it.
  double initial_logit(Index outputs) const {
    if (head_bias) return *head_bias;
    const Index count = classes_of(outputs);
    return loss == ops::LossKind::sigmoid && count > 2 ? -std::log(static_cast<double>(count - 1)) : 0;
  }
  /// The ponder weight of step number `step`; 0 where no weight was set.
  double ponder_weight_at(Index step) const {
    if (step < ponder_delay) return 0;
    const double rise = ponder_ramp > 0 ? std::min(1.0, static_cast<double>(step - ponder_delay + 1) / static_cast<double>(ponder_ramp)) : 1.0;
    return rise * ponder_weight.value_or(0);
  }

  /// Throws Error unless the model has an output for each of `classes`, and ponder weight and bias of the head are finite as T too.
  template <class Output, class T>
  void check_outputs() const {
    require(classes <= Output::classes, "objective: classes must be at most ", Output::classes, ", for which the model has outputs, found ", classes);
    constexpr auto largest = static_cast<double>(std::numeric_limits<T>::max());
    const double ponder = ponder_weight.value_or(0), bias = head_bias.value_or(0);
    require(ponder <= largest, "objective: ponder_weight must be finite in the scalar type of the model, found ", ponder);
    require(std::abs(bias) <= largest, "objective: head_bias must be finite in the scalar type of the model, found ", bias);
  }

  /// Throws Error unless check_outputs passes, there is one label, or one row of classes_of(Output::classes) probabilities, for each sample, and labels and
  /// probabilities are in their range. Rows for softmax must add up to 1 within 1e-3.
  template <class Output, class T>
  void check_targets(const ClassTargets<T>& targets, Index samples) const {
    check_outputs<Output, T>();
    const Index count = classes_of(Output::classes);
    if (targets.are_labels()) {
      const auto labels = targets.labels();
      targets.check_size(samples);
      for (std::size_t b = 0; b < labels.size(); ++b)
        require(labels[b] >= 0 && labels[b] < count, "objective: sample ", b, " has label ", labels[b], ", wanted 0 .. ", count - 1);
      return;
    }
    const auto rows = targets.rows();
    require(std::ssize(rows) == samples * count, "objective: wanted ", samples, " x ", count, " target probabilities, found ", rows.size());
    for (Index b = 0; b < samples; ++b) {
      double sum = 0;
      for (const T probability : rows.subspan(static_cast<std::size_t>(b * count), static_cast<std::size_t>(count))) {
        require(probability >= 0 && probability <= 1, "objective: sample ", b, " has the target ", probability, ", wanted a probability from 0 to 1");
        sum += static_cast<double>(probability);
      }
      require(loss == ops::LossKind::sigmoid || std::abs(sum - 1) <= 1e-3, "objective: the targets of sample ", b, " add up to ", sum,
              ", wanted 1 for softmax cross-entropy");
    }
  }

  /// The sum over all samples of weight times loss, and its gradients. Output has samples, the constant classes, logits [samples, classes] and, where the model
  /// ponders, ponder [samples]. `correct` counts the samples whose largest logit (of equal ones the first) is at the largest target. Outputs that take no part
  /// count neither here nor there.
  /// The output of a model with several predictions of a sample also has their number `predictions`, probability [samples, predictions], null where there is
  /// one, and answer(b), the row of the logits that counts for `correct`. Its logits are [predictions, samples, classes].
  /// Preconditions: check(*this) and check_targets pass. Throws std::bad_alloc where there is no memory.
  template <class Output, class T>
  ObjectiveValue<typename Output::Gradient> operator()(const Output& output, const ClassTargets<T>& targets, std::span<const T> weights, Index step,
                                                       Arena& arena) const {
    constexpr bool ponders = requires { output.ponder; }, several = requires { output.probability; };
    constexpr Index outputs = Output::classes;
    const Index count = classes_of(outputs);
    const Index samples = output.samples;
    const double ponder = ponder_weight_at(step);
    Index predictions = 1;
    if constexpr (several) predictions = output.predictions;
    ObjectiveValue<typename Output::Gradient> value;
    T* const dlogits = arena.take<T>(predictions * samples * outputs);
    value.gradient.dlogits = dlogits;
    T* dponder = nullptr;
    if constexpr (ponders) value.gradient.dponder = dponder = arena.take<T>(samples);
    T* dprobability = nullptr;
    if constexpr (several) value.gradient.dprobability = dprobability = arena.take<T>(samples * predictions);
    const T smoothing = static_cast<T>(label_smoothing);
    for (Index b = 0; b < samples; ++b) {
      const auto at = static_cast<std::size_t>(b);
      const T* const target = targets.are_labels() ? nullptr : targets.rows().data() + b * count;
      const T weight = weights.empty() ? T(1) : weights[at];
      const auto label = target ? std::max_element(target, target + count) - target : static_cast<Index>(targets.labels()[at]);
      // The cross-entropy of one row of the logits. Writes `factor` times its gradient.
      const auto cross_entropy = [&](Index row, T factor) {
        const T* const x = output.logits + row * outputs;
        T* const dx = dlogits + row * outputs;
        const T result =
            target ? ops::cross_entropy_row(loss, x, count, target, smoothing, dx) : ops::cross_entropy_row(loss, x, count, label, smoothing, dx);
        std::fill(dx + count, dx + outputs, T(0));
        if (factor != 1)
          for (Index c = 0; c < count; ++c) dx[c] = factor > 0 ? dx[c] * factor : T(0);  // 0 times what is not finite is not 0
        return result;
      };
      double sample_loss = 0;
      Index answer = b;
      if constexpr (several) {
        answer = output.answer(b);
        for (Index n = 0; n < predictions; ++n) {
          const T p = output.probability ? output.probability[b * predictions + n] : T(1), result = cross_entropy(n * samples + b, weight * p);
          sample_loss += static_cast<double>(p) * static_cast<double>(result);
          dprobability[b * predictions + n] = weight > 0 ? weight * result : T(0);
        }
      } else {
        sample_loss = static_cast<double>(cross_entropy(b, weight));
      }
      if constexpr (ponders) {
        dponder[b] = static_cast<T>(ponder) * weight;
        sample_loss += ponder * static_cast<double>(output.ponder[b]);
      }
      if (weight == 0) continue;
      value.loss += static_cast<double>(weight) * sample_loss;
      const T* const x = output.logits + answer * outputs;
      value.correct += std::max_element(x, x + count) - x == label;
    }
    return value;
  }
};

/// Throws Error unless the loss is one of the enumerators, smoothing is in [0, 1], the ponder weight is finite and not negative, delay, ramp and classes are
/// at least 0, and the bias of the head is finite.
inline void check(const CrossEntropy& objective) {
  require(objective.loss == ops::LossKind::sigmoid || objective.loss == ops::LossKind::softmax,
          "objective: loss must be sigmoid or softmax, found the number ", static_cast<int>(objective.loss));
  require(objective.label_smoothing >= 0 && objective.label_smoothing <= 1, "objective: label_smoothing must be at least 0 and at most 1, found ",
          objective.label_smoothing);
  const double ponder_weight = objective.ponder_weight.value_or(0);
  require(ponder_weight >= 0 && std::isfinite(ponder_weight), "objective: ponder_weight must be a finite number that is not negative, found ", ponder_weight);
  require(objective.ponder_delay >= 0 && objective.ponder_ramp >= 0, "objective: ponder_delay and ponder_ramp must be at least 0 steps, found ",
          objective.ponder_delay, " and ", objective.ponder_ramp);
  require(objective.classes >= 0, "objective: classes must be at least 0, found ", objective.classes);
  require(std::isfinite(objective.head_bias.value_or(0)), "objective: head_bias must be finite, found ", objective.head_bias.value_or(0));
}

}  // namespace adatape::train
