#pragma once
/// What an optimizer is: a policy of Trainer.
#include <cmath>
#include <concepts>
#include <limits>
#include <string_view>
#include <tuple>
#include <utility>

#include "adatape/core/parameters.hpp"
#include "adatape/train/rules.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::train {

/// One update of all parameters. The gradient of the loss is gradient_scale times the gradients that an optimizer is given.
struct UpdateStep {
  Index number = 0;                           ///< of the step, from 0
  double rate = 0;                            ///< learning rate, before rate_scale of a rule
  double gradient_scale = 1;                  ///< clipping, and the division by the weight of the samples
  std::span<const ParameterRange> ranges{};   ///< the rules; empty: all values are trained and decay
};

/// The ranges of a step, and one range over everything where it has none.
inline std::span<const ParameterRange> ranges_of(const UpdateStep& step, const ParameterRange& everything) {
  return step.ranges.empty() ? std::span(&everything, 1) : step.ranges;
}

/// Throws Error unless
///   - number >= 0,
///   - rate is in [0, largest_rate] for every range,
///   - rate times decay is at most 1 for every range that decays (above 1 the sign of a weight that should shrink would change),
///   - gradient_scale is not negative, and finite as T.
/// `who` begins the sentence.
template <class T>
void check_update(const char* who, const UpdateStep& step, double weight_decay, const ParameterRange& everything) {
  constexpr double largest_rate = 1e27;  // times a direction of AdamW with beta1^2 <= beta2 (at most some thousand) far below the largest float, 3.4e38
  constexpr auto largest_scale = static_cast<double>(std::numeric_limits<T>::max());
  require(step.number >= 0, who, ": the step's number must be at least 0, found ", step.number);
  require(step.gradient_scale >= 0 && step.gradient_scale <= largest_scale, who, ": gradient_scale must be at least 0 and at most ", largest_scale,
          ", the largest number of the model's scalar type, found ", step.gradient_scale);
  for (const ParameterRange& range : ranges_of(step, everything)) {
    const double rate = step.rate * range.rule.rate_scale;
    require(rate >= 0 && rate <= largest_rate, who, ": the rate must be at least 0 and at most ", largest_rate, ", found ", rate);
    require(!range.rule.decays || rate * weight_decay <= 1, who, ": rate times weight_decay must be at most 1, found ", rate, " times ", weight_decay);
  }
}

/// Throws Error, beginning with `option`, unless a share of [0, 1) is still less than 1 where it is rounded to T, and a decay is still finite.
///@{
template <class T>
void require_share_as(const char* option, double share) {
  require(static_cast<T>(share) < 1, option, " must be less than 1 in the scalar type of the model, found a number that rounds to 1");
}
template <class T>
void require_decay_as(const char* option, double decay) {
  constexpr auto largest = static_cast<double>(std::numeric_limits<T>::max());
  require(decay <= largest, option, " must be at most ", largest, ", the largest number of the model's scalar type, found ", decay);
}
///@}

/// A part of an optimizer's state, and the prefix of its tensors in a checkpoint (adamw/, sgd/, or optimizer/ for an optimizer of one's own). A view. P is a
/// StateBuffer (state_buffer.hpp), or Parameters<Model, T> for state of all tensors.
template <class P>
struct StatePart {
  std::string_view prefix;  ///< in front of the tensors' names, such as adamw/m/; its characters outlive the part
  P& parameters;            ///< a value for each parameter, const where the optimizer is
};
/// P is the type of the second argument, const included.
template <class P>
StatePart(std::string_view, P&) -> StatePart<P>;

/// An optimizer O for Parameters P holds its state (moments, at first 0) and has
///     O::Options                                     a copyable struct; check(options) throws Error for options that cannot be meant, and so does
///                                                    check_as<T>(options), where there is one, for those that cannot be meant once they are rounded to T
///     update(parameters, gradients, options, step)   changes parameters and state; throws Error and changes nothing where the step cannot be taken
///     state()                                        a tuple of StatePart, one for each part of the state, to save it and to restore it; const as well
/// An optimizer whose state follows the rules has two more members:
///     O(ranges)              holds state for the tensors that `ranges` train, at 0
///     set_ranges(ranges)     tensors that are still trained keep their state, those newly trained start at 0, and the state of the others is gone; where it
///                            throws, nothing has changed
/// Trainer calls both with the ranges of its rules. StateBuffer does the work. Without the two members an optimizer is default constructed, and keeps state for
/// all tensors.
template <class O, class P>
concept Optimizer = std::default_initializable<O> && requires(O& optimizer, P& parameters, const typename O::Options& options, const UpdateStep& step) {
  check(options);
  optimizer.update(parameters, std::as_const(parameters), options, step);
  optimizer.state();
  std::as_const(optimizer).state();
};

/// An optimizer for those ranges, by its constructor O(ranges) where it has one.
template <class O>
O optimizer_for(std::span<const ParameterRange> ranges) {
  if constexpr (std::constructible_from<O, std::span<const ParameterRange>>)
    return O(ranges);
  else
    return O();
}

}  // namespace adatape::train
