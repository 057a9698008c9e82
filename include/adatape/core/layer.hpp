#pragma once
/// What a layer is; and vjp, the function by which tests and user code run a layer forward and backward.
///
/// A layer is a stateless struct. It maps packed tokens of width `in` to packed tokens of width `out` with the same packing. These are all members that the
/// library looks for:
///
///     static constexpr int in, out;       widths of input and output tokens
///     template <class T> struct Params;   a parameter tree (core/layout.hpp)
///     template <class T> struct Saved;    what forward keeps for backward: views into the arena, trivially destructible
///     forward (params, x, y, saved, context)              y = f(x), y does not overlap x; what backward needs is left in saved and in the arena
///     backward(params, saved, dy, dx, dparams, context)   dx = (df/dx)^T dy is written, (df/dparams)^T dy is added to dparams
///     macs(tokens)                                        multiply-accumulates of forward for one sample of that many tokens; may be left out
///     static constexpr bool backward_may_alias            whether backward may be called with dx = dy; false unless the layer has this member
///
/// A layer for inference also has:
///
///     template <class T> struct PackedWeights;            the weights as the kernels read them, views into an arena
///     pack_weights(params, arena)                         makes PackedWeights, by Arena::keep (core/packed_weights.hpp); params may be destroyed afterwards
///                                                         (core/stored.hpp: other types of weights)
///     infer(packed, x, y, context)                        y = f(x)
///     infer_add(packed, x, y, context)                    y += f(x)
///     infer_in_place(packed, x, context)                  x = f(x), where in equals out
///     static constexpr bool infer_may_alias               whether infer may be called with y = x; false unless the layer has this member
///     static constexpr bool infer_add_may_alias           whether infer_add may be called with y = x; false unless the layer has this member
/// - For inference a layer needs at least one of the three infer functions. nn/inference.hpp makes the other two from it.
/// - A layer that only trains needs no member of the second list.
/// - Compositions (nn/compose.hpp) have all of these members but backward_may_alias, which only Named has, where its layer has it. They have macs where all
///   their parts have it.
/// - Tokens that a function only reads (x, but not of infer_in_place; dy) are of type ConstTokens<T, in or out> (core/tokens.hpp). A layer may also say
///   Tokens<T, in or out>: the library then calls it without const, and the layer must not write to them.
/// - The outputs y and dx are memory of the caller.
/// - In the whole library backward writes gradients of tokens, and adds to those of parameters, of the caller's input and of banks. A function whose name
///   begins with add_ adds to all its results; one whose name ends in _in_place replaces an argument.
/// - x, params and what forward took from the arena must stay alive, and unchanged, until backward is done.
/// - backward and the infer functions give back what they take from the arena.
/// - dx may be dy only where backward_may_alias. Backward leaves dy as it is, unless dx is dy.
/// - infer and infer_add leave x as it is, unless y is x.
/// - forward, backward, pack_weights and the infer functions throw std::bad_alloc if there is no memory.
#include <algorithm>
#include <concepts>
#include <memory>
#include <type_traits>

#include "adatape/core/context.hpp"
#include "adatape/core/parameters.hpp"
#include "adatape/core/stored.hpp"
#include "adatape/core/tokens.hpp"

namespace adatape::inline ADATAPE_NAMESPACE {

namespace detail {

/// Whether forward and backward of L can be called. X: the type of values that forward reads. DY: the type of values that backward reads.
template <class L, class T, class X>
concept ForwardReads = requires(const typename L::template Params<T>& params, typename L::template Saved<T>& saved, Tokens<X, L::in> x, Tokens<T, L::out> y,
                                const Context& context) {
  { L::forward(params, x, y, saved, context) } -> std::same_as<void>;
};
template <class L, class T, class DY>
concept BackwardReads = requires(const typename L::template Params<T>& params, typename L::template Params<T>& gradients,
                                 const typename L::template Saved<T>& saved, Tokens<DY, L::out> dy, Tokens<T, L::in> dx, const Context& context) {
  { L::backward(params, saved, dy, dx, gradients, context) } -> std::same_as<void>;
};

/// The tokens as a function of a layer reads them: const, or, where the function does not say that it only reads them, without const.
template <bool is_const, class T, int D>
auto as_read(Tokens<const T, D> tokens) {
  if constexpr (is_const)
    return tokens;
  else
    return Tokens<T, D>{const_cast<T*>(tokens.data), tokens.packing};
}

}  // namespace detail

/// Whether L has the members of training for values of type T.
template <class L, class T>
concept Layer = std::is_trivially_destructible_v<typename L::template Saved<T>> &&
    (detail::ForwardReads<L, T, const T> || detail::ForwardReads<L, T, T>)&&(detail::BackwardReads<L, T, const T> || detail::BackwardReads<L, T, T>);

/// forward of layer L, whichever type it has for x.
template <class L, class T>
void layer_forward(const typename L::template Params<T>& params, ConstTokens<T, L::in> x, Tokens<T, L::out> y, typename L::template Saved<T>& saved,
                   const Context& context) {
  L::forward(params, detail::as_read<detail::ForwardReads<L, T, const T>>(x), y, saved, context);
}

/// backward of layer L, whichever type it has for dy.
template <class L, class T>
void layer_backward(const typename L::template Params<T>& params, const typename L::template Saved<T>& saved, ConstTokens<T, L::out> dy, Tokens<T, L::in> dx,
                    typename L::template Params<T>& dparams, const Context& context) {
  L::backward(params, saved, detail::as_read<detail::BackwardReads<L, T, const T>>(dy), dx, dparams, context);
}

/// Whether backward of layer L may be called with dx = dy. The member of that name says so; without the member it is false.
///@{
template <class L>
inline constexpr bool backward_may_alias = false;
template <class L>
requires requires { L::backward_may_alias; }
inline constexpr bool backward_may_alias<L> = L::backward_may_alias;
///@}

/// Whether the infer (infer_add) of layer L may be called with its input as its output. The member of that name says so; without the member it is false.
///@{
template <class L>
inline constexpr bool infer_may_alias = false;
template <class L>
requires requires { L::infer_may_alias; }
inline constexpr bool infer_may_alias<L> = L::infer_may_alias;
template <class L>
inline constexpr bool infer_add_may_alias = false;
template <class L>
requires requires { L::infer_add_may_alias; }
inline constexpr bool infer_add_may_alias<L> = L::infer_add_may_alias;
///@}

/// A copy of a tensor's values, [Tensor::size], valid as memory of the arena is. For pack_weights of layers. Throws std::bad_alloc if there is no memory.
template <class Tensor>
const typename Tensor::Scalar* copy_values(const Tensor& tensor, Arena& arena) {
  using T = typename Tensor::Scalar;
  return arena.keep<T>(Tensor::size, [&](T* copy) { std::copy_n(tensor.data(), Tensor::size, copy); });
}

/// The values of a tensor of Params, or of the copy that copy_values made of it for PackedWeights. So one piece of code can serve training and inference.
///@{
template <class Tensor>
const typename Tensor::Scalar* values_of(const Tensor& tensor) {
  return tensor.data();
}
template <class T>
const T* values_of(const T* copy) {
  return copy;
}
///@}

/// The vector-Jacobian product of layer L at x. What its functions return is memory of the context's arena, valid until it is given back. params, x and the
/// arena must outlive this object.
template <class L, class T>
requires Layer<L, T>
class Vjp {
 public:
  /// Runs forward. Throws what forward throws, Error if params were moved from, std::bad_alloc if there is no memory.
  Vjp(const Parameters<L, T>& params, ConstTokens<T, L::in> x, const Context& context)
      : params_(params), context_(context), y_(take_tokens<L::out, T>(x.packing, context.arena)) {
    layer_forward<L, T>(*params_, x, y_, saved_, context_);
  }
  Tokens<T, L::out> output() const { return y_; }  ///< L(x)
  /// Adds (dL/dparams)^T dy to gradients and returns dx = (dL/dx)^T dy. dy has the packing of x. Throws Error if params or gradients were moved from,
  /// std::bad_alloc if there is no memory.
  Tokens<T, L::in> pullback(ConstTokens<T, L::out> dy, Parameters<L, T>& gradients) const {
    auto dx = take_tokens<L::in, T>(dy.packing, context_.arena);
    layer_backward<L, T>(*params_, saved_, dy, dx, *gradients, context_);
    return dx;
  }

 private:
  const Parameters<L, T>& params_;
  Context context_;
  Tokens<T, L::out> y_;
  typename L::template Saved<T> saved_{};
};

/// Runs L at x: an object with output() and pullback() (see Vjp). Throws Error if params were moved from, std::bad_alloc if there is no memory.
template <class L, class T>
Vjp<L, T> vjp(const Parameters<L, T>& params, ConstTokens<T, L::in> x, const Context& context) {
  return Vjp<L, T>(params, x, context);
}

}  // namespace adatape
