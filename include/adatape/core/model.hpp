#pragma once
/// What a model is. Trainer and Engine take any type that has these members, the library's Classifier or a user's own.
#include <concepts>
#include <utility>

#include "adatape/core/context.hpp"
#include "adatape/core/parameters.hpp"

namespace adatape::inline ADATAPE_NAMESPACE {

/// Sizes and parameters that every model M for scalars T has:
///     M::input_size             values of one sample
///     M::own_tokens, M::D       rows and width of the widest activation of one sample; they decide into how large parts a batch is cut
///     M::Params<T>              the parameter tree, with fields() (core/layout.hpp)
///     M::Output<T>              samples, and views into an arena; Output::Gradient is what an objective gives back
/// A model that halts has check_tau(tau), which throws Error for a threshold it cannot take.
template <class M, class T>
concept ModelType = requires(const typename M::template Output<T>& output) {
  { M::input_size } -> std::convertible_to<Index>;
  { M::own_tokens } -> std::convertible_to<Index>;
  { M::D } -> std::convertible_to<Index>;
  typename Parameters<M, T>;
  typename M::template Output<T>::Gradient;
  { output.samples } -> std::convertible_to<Index>;
};

/// A model that Trainer trains. M::Saved<T>, default-constructible, is what forward leaves for backward.
///     forward(params, input, samples, saved, context) -> Output<T>       input [samples, input_size], not changed
///     backward(params, saved, gradient, dparams, dinput, context)        adds to dparams, and to dinput [samples, input_size] unless that is null
/// What one sample gives must not depend on the other samples of the batch.
template <class M, class T>
concept TrainableModel = ModelType<M, T> && requires(const typename M::template Params<T>& params, typename M::template Params<T>& dparams, const T* input,
                                                 T* dinput, Index samples, typename M::template Saved<T>& saved,
                                                 const typename M::template Output<T>::Gradient& gradient, const Context& context) {
  { M::forward(params, input, samples, saved, context) } -> std::same_as<typename M::template Output<T>>;
  M::backward(params, std::as_const(saved), gradient, dparams, dinput, context);
};

/// A model that Engine runs. M::Packed<T> holds the weights as inference wants them, in memory of the arena that pack was given.
///     pack(params, arena) -> Packed<T>
///     infer(packed, input, samples, context) -> Output<T>
///     start_output<T>(samples, tau, arena) -> Output<T>       room for a batch whose parts output.place(part, first) fills
template <class M, class T>
concept InferableModel = ModelType<M, T> && requires(const typename M::template Params<T>& params, const typename M::template Packed<T>& packed, const T* input,
                                                 Index samples, typename M::template Output<T>& output, Arena& arena, const Context& context) {
  { M::pack(params, arena) } -> std::same_as<typename M::template Packed<T>>;
  { M::infer(packed, input, samples, context) } -> std::same_as<typename M::template Output<T>>;
  { M::template start_output<T>(samples, 0.0, arena) } -> std::same_as<typename M::template Output<T>>;
  output.place(std::as_const(output), samples);
};

/// Throws Error unless the model takes this threshold. A model that does not halt takes 0 only.
template <class M>
void check_tau(double tau) {
  if constexpr (requires { M::check_tau(tau); })
    M::check_tau(tau);
  else
    require(tau == 0, "tau: wanted 0 for a model that does not halt, found ", tau);
}

}  // namespace adatape
