#pragma once
/// What a model is. Trainer and Engine take any type that has these members, the library's Classifier or a user's own.
#include <algorithm>
#include <concepts>
#include <utility>

#include "adatape/core/context.hpp"
#include "adatape/core/parameters.hpp"
#include "adatape/core/samples.hpp"

namespace adatape::inline ADATAPE_NAMESPACE {

namespace detail {

/// Whether M tells how many rows its samples have: own_tokens of each, or own_rows of an input.
template <class M, class T>
concept TellsRows = requires {
  { M::own_tokens } -> std::convertible_to<Index>;
}
|| requires(const typename M::template Input<T>& input) {
  { M::own_rows(input) } -> std::convertible_to<Index>;
};

}  // namespace detail

/// Sizes and parameters that every model M for scalars T has:
///     M::Input<T>               the samples of a batch, a view (core/samples.hpp)
///     M::own_tokens, M::D       rows and width of the widest activation of one sample; they decide into how large parts a batch is cut
///     M::Params<T>              the parameter tree, with fields() (core/layout.hpp)
///     M::Output<T>              samples, and views into an arena; Output::Gradient is what an objective gives back
/// A model whose samples have different numbers of rows has own_rows(input), the rows of a whole input, instead of own_tokens.
/// A model that reads tape has check_settings(settings), which throws Error for tau and numbers of tape tokens that it cannot take.
template <class M, class T>
concept ModelType = detail::TellsRows<M, T> &&
    requires(const typename M::template Output<T>& output, const typename M::template Input<T>& input, std::span<const Index> choice, Arena& arena) {
  { input.samples() } -> std::convertible_to<Index>;
  { input.part(Index{}, Index{}) } -> std::same_as<typename M::template Input<T>>;
  { input.chosen(choice, arena) } -> std::same_as<typename M::template Input<T>>;
  { input.overlaps(arena) } -> std::same_as<bool>;
  typename M::template Input<T>::Gradient;
  { M::D } -> std::convertible_to<Index>;
  typename Parameters<M, T>;
  typename M::template Output<T>::Gradient;
  { output.samples } -> std::convertible_to<Index>;
};

/// A model that Trainer trains. M::Saved<T>, default-constructible, is what forward leaves for backward.
///     forward(params, input, saved, context) -> Output<T>            the input does not change
///     backward(params, saved, gradient, dparams, dinput, context)    adds to dparams, and to what dinput (Input<T>::Gradient) points to where it is not null
/// What one sample gives must not depend on the other samples of the batch.
/// A model may have depth_of(entry), the depth of a tensor of its layout: tensors of depth 0 meet the input first. Trainer then sets context.lowest_depth to
/// the least depth of a trained tensor, and backward may end there. backward may also call context.finished(depth), so that these gradients can travel to other
/// processes while it goes on.
template <class M, class T>
concept TrainableModel = ModelType<M, T> &&
    requires(const typename M::template Params<T>& params, typename M::template Params<T>& dparams, const typename M::template Input<T>& input,
             const typename M::template Input<T>::Gradient& dinput, typename M::template Saved<T>& saved,
             const typename M::template Output<T>::Gradient& gradient, const Context& context) {
  { M::forward(params, input, saved, context) } -> std::same_as<typename M::template Output<T>>;
  M::backward(params, std::as_const(saved), gradient, dparams, dinput, context);
};

/// A model that Engine runs. M::PackedWeights<T> holds the weights as inference wants them, in memory of the arena that pack_weights was given.
///     pack_weights(params, arena) -> PackedWeights<T>
///     infer(packed, input, context) -> Output<T>
///     start_output(input, settings, arena) -> Output<T>       room for a batch whose parts output.place(part, first) fills
template <class M, class T>
concept InferableModel = ModelType<M, T> &&
    requires(const typename M::template Params<T>& params, const typename M::template PackedWeights<T>& packed, const typename M::template Input<T>& input,
             Index first, typename M::template Output<T>& output, Arena& arena, const Context& context) {
  { M::pack_weights(params, arena) } -> std::same_as<typename M::template PackedWeights<T>>;
  { M::infer(packed, input, context) } -> std::same_as<typename M::template Output<T>>;
  { M::start_output(input, context.settings, arena) } -> std::same_as<typename M::template Output<T>>;
  output.place(std::as_const(output), first);
};

/// Throws Error unless the settings pass check(settings) and the model takes them. A model without check_settings takes tau 0 only, no numbers of tape
/// tokens, and no halting rule.
template <class M>
void check_settings(const Settings& settings) {
  check(settings);
  if constexpr (requires { M::check_settings(settings); }) {
    M::check_settings(settings);
  } else {
    require(settings.tau == 0, "tau: wanted 0 for a model that does not halt, found ", settings.tau);
    require(settings.max_tape_tokens == 0 && settings.exact_tape_tokens == 0, "settings: wanted no number of tape tokens for a model that reads none");
    require(settings.halting == HaltingRule::median, "settings: wanted no halting rule for a model that is no PonderNet");
  }
}

/// The depth of a tensor: M::depth_of, or 0 where the model does not say.
template <class M>
int depth_of([[maybe_unused]] const LayoutEntry& entry) {
  if constexpr (requires { M::depth_of(entry); })
    return M::depth_of(entry);
  else
    return 0;
}

/// The rows of the widest activation of all samples together.
template <class M, class Input>
Index own_rows(const Input& input) {
  if constexpr (requires { M::own_rows(input); })
    return M::own_rows(input);
  else
    return input.samples() * Index{M::own_tokens};
}

/// Values of the widest activation that a pass should have at once (samples x own rows x M::D), so that what a layer leaves is in the second-level cache when
/// the next layer reads it. At width 192 that is two images of 196 tokens. With parts four times as large, batches of 8 images of S/16 and B/16 take longer
/// (bench_model with another value here).
inline constexpr Index kValuesAtOnce = 56 * 1024;

/// The mean number of values of the widest activation of a sample, at least M::D, in a batch of `samples` samples with `rows` rows (own_rows).
template <class M>
Index values_of_sample(Index samples, Index rows) {
  return std::max(Index{1}, rows / std::max(Index{1}, samples)) * Index{M::D};
}
/// How many samples of that many values have about values_at_once values together: at least 1.
inline Index samples_at_once(Index of_sample, Index values_at_once = kValuesAtOnce) {
  return std::max(Index{1}, values_at_once / of_sample + (values_at_once % of_sample >= (of_sample + 1) / 2 ? 1 : 0));
}

}  // namespace adatape
