#pragma once
/// What a layer is, and vjp: the form in which tests and user code see autograd.
///
/// A layer is a stateless struct that maps packed tokens of width `in` to packed tokens of width `out` with the same packing. These are all members that
/// the library looks for:
///     static constexpr int in, out;       widths of input and output tokens
///     template <class T> struct Params;   a parameter tree (core/layout.hpp)
///     template <class T> struct Saved;    what forward keeps for backward: views into the arena, trivially destructible
///     forward (params, x, y, saved, context)              y = f(x), y does not overlap x; what backward needs is left in saved and in the arena
///     backward(params, saved, dy, dx, dparams, context)   dx = (df/dx)^T dy is written, dparams += (df/dparams)^T dy is added to
///     macs(tokens)                                        multiply-accumulates of forward for one sample of that many tokens; not of compositions
/// and, for inference, where nothing is saved, weights are laid out for the kernels once and parameters may be gone:
///     template <class T> struct Packed;                   the layer's weights, views into an arena
///     pack (params, arena)                                makes them
///     infer(packed, x, y, context)                        y = f(x)
///     infer_add(packed, x, y, context)                    y += f(x)
///     infer_in_place(packed, x, context)                  x = f(x), where in equals out
///     static constexpr bool infer_may_alias               whether infer may be called with y = x; false unless said
///     static constexpr bool infer_add_may_alias           whether infer_add may; false unless said
/// A layer has at least one of the three infer functions; nn/inference.hpp makes the others of it. Compositions (nn/compose.hpp) have all of these members
/// but macs. A layer that only trains may leave all of inference out.
/// Caller and layer agree on memory: outputs (y, dx) are the caller's, x must stay alive until backward is done, and what backward
/// takes from the arena it gives back. dx may be dy only where a layer says so.
#include <algorithm>
#include <concepts>
#include <memory>
#include <type_traits>

#include "adatape/core/context.hpp"
#include "adatape/core/parameters.hpp"
#include "adatape/core/tokens.hpp"

namespace adatape::inline ADATAPE_NAMESPACE {

template <class L, class T>
concept Layer = std::is_trivially_destructible_v<typename L::template Saved<T>> && requires(const typename L::template Params<T>& params, typename L::template Params<T>& gradients, typename L::template Saved<T>& saved,
                         Tokens<T, L::in> x, Tokens<T, L::out> y, const Context& context) {
  { L::forward(params, x, y, saved, context) } -> std::same_as<void>;
  { L::backward(params, saved, y, x, gradients, context) } -> std::same_as<void>;
};

/// Whether a layer's infer (infer_add) may be called with its input as output: what its member of that name says, false without one.
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

/// A copy of a tensor's values in an arena, for packed layers.
template <class Tensor>
const typename Tensor::Scalar* copy_values(const Tensor& tensor, Arena& arena) {
  auto* copy = arena.take<typename Tensor::Scalar>(Tensor::size);
  std::copy_n(tensor.data(), Tensor::size, copy);
  return copy;
}

/// The vector-Jacobian product of a layer at x: output() is L(x), and calling the pullback with dy gives dx.
/// Both live in the context's arena.
template <class L, class T>
  requires Layer<L, T>
class Vjp {
 public:
  Vjp(const Parameters<L, T>& params, Tokens<T, L::in> x, const Context& context) : params_(params), context_(context), y_(take_tokens<L::out, T>(x.packing, context.arena)) {
    L::forward(*params_, x, y_, saved_, context_);
  }
  Tokens<T, L::out> output() const { return y_; }
  /// Adds to gradients, returns dx.
  Tokens<T, L::in> pullback(Tokens<T, L::out> dy, Parameters<L, T>& gradients) const {
    auto dx = take_tokens<L::in, T>(dy.packing, context_.arena);
    L::backward(*params_, saved_, dy, dx, *gradients, context_);
    return dx;
  }

 private:
  const Parameters<L, T>& params_;
  Context context_;
  Tokens<T, L::out> y_;
  typename L::template Saved<T> saved_{};
};

/// The output of L at x and the function from dy to dx (which adds to parameter gradients on the way).
template <class L, class T>
Vjp<L, T> vjp(const Parameters<L, T>& params, Tokens<T, L::in> x, const Context& context) {
  return Vjp<L, T>(params, x, context);
}

}  // namespace adatape
