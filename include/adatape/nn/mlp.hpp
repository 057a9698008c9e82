#pragma once
/// The two feed-forward networks: dense -> GELU -> dense, and dense -> GLU -> dense. core/layer.hpp says what every layer throws and what may alias.
#include "adatape/nn/dropout.hpp"
#include "adatape/nn/linear.hpp"
#include "adatape/ops/gelu.hpp"
#include "adatape/ops/glu.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::nn {

/// The parameters of both networks: two dense layers with the names that checkpoints have.
template <class Expand_, class Contract_>
struct DensePair {
  using Expand = Expand_;      ///< the first dense layer: W0 and b0
  using Contract = Contract_;  ///< the second dense layer: W1 and b1
  static constexpr int in = Expand::in, out = Contract::out;

  template <class T>
  struct Params {
    typename Expand::template Params<T> expand;
    typename Contract::template Params<T> contract;
    static constexpr auto fields() { return std::tuple(field("Dense_0", &Params::expand), field("Dense_1", &Params::contract)); }
  };
  template <class T, class Stored = T>
  struct PackedWeights {
    typename Expand::template PackedWeights<T, Stored> expand;
    typename Contract::template PackedWeights<T, Stored> contract;
  };

  static constexpr double macs(double tokens) { return Expand::macs(tokens) + Contract::macs(tokens); }

  template <class T, class Stored = T>
  static PackedWeights<T, Stored> pack_weights(const Params<T>& p, Arena& arena, StoredAs<Stored> stored = {}) {
    return {Expand::pack_weights(p.expand, arena, stored), Contract::pack_weights(p.contract, arena, stored)};
  }
  /// The weights of gamma y, with gamma [out].
  template <class T, class Stored>
  static PackedWeights<T, Stored> pack_weights(const Params<T>& p, Arena& arena, StoredAs<Stored> stored, const T* gamma) {
    return {Expand::pack_weights(p.expand, arena, stored), Contract::pack_weights(p.contract, arena, stored, gamma)};
  }
};

/// Transformer FFN: y = GELU(x W0 + b0) W1 + b1 with W0 [D, H], W1 [H, D]. forward saves only a view of x and the hidden values before the GELU. Epilogues of
/// the products apply the GELU and, in backward, the derivative of the GELU.
template <int D, int H, ops::GeluForm form = ops::GeluForm::tanh>
struct Mlp : DensePair<Linear<D, H>, Linear<H, D>> {
  using Pair = DensePair<Linear<D, H>, Linear<H, D>>;  ///< the two dense layers
  using typename Pair::Contract, typename Pair::Expand;
  template <class T>
  using Params = typename Pair::template Params<T>;
  template <class T, class Stored = T>
  using PackedWeights = typename Pair::template PackedWeights<T, Stored>;

  template <class T>
  struct Saved {
    Tokens<const T, D> x;
    Tokens<T, H> hidden;  ///< x W0 + b0
  };

  template <class T>
  static void forward(const Params<T>& p, ConstTokens<T, D> x, Tokens<T, D> y, Saved<T>& saved, const Context& context) {
    saved = {x, take_tokens<H, T>(x.packing, context.arena)};
    compute(p, x, y, false, ops::KeepingGeluEpilogue<form, T>{saved.hidden.data, H}, context);
  }

  template <class T>
  static void backward(const Params<T>& p, const Saved<T>& saved, ConstTokens<T, D> dy, Tokens<T, D> dx, Params<T>& dp, const Context& context) {
    Arena::Scope scope(context.arena);
    dy = dropout_gradient(dy, DropoutPlace::mlp_output, context);
    const auto active = take_tokens<H, T>(dy.packing, context.arena), derivative = take_tokens<H, T>(dy.packing, context.arena);
    ops::gelu_with_derivative<form>(saved.hidden.data, saved.hidden.size(), active.data, derivative.data);
    dropout_in_place(active, DropoutPlace::mlp_hidden, context);
    Contract::add_parameter_gradients(active.data, dy.data, dy.rows(), dp.contract, context.products);
    const auto& dhidden = active;
    Contract::input_gradient(p.contract, dy.data, dy.rows(), dhidden.data, context.products, ops::MultiplyEpilogue<T>{derivative.data, H});
    dropout_in_place(dhidden, DropoutPlace::mlp_hidden, context);
    Expand::backward(p.expand, {saved.x}, dhidden, dx, dp.expand, context);
  }

  /// All hidden values are complete before y is written.
  static constexpr bool infer_may_alias = true, infer_add_may_alias = true;
  template <class T, class Stored>
  static void infer(const PackedWeights<T, Stored>& p, ConstTokens<T, D> x, Tokens<T, D> y, const Context& context) {
    compute(p, x, y, false, ops::GeluEpilogue<form>{}, context);
  }
  template <class T, class Stored>
  static void infer_add(const PackedWeights<T, Stored>& p, ConstTokens<T, D> x, Tokens<T, D> y, const Context& context) {
    compute(p, x, y, true, ops::GeluEpilogue<form>{}, context);
  }

 private:
  /// y = GELU(x W0 + b0) W1 + b1, or y += without dropout. Weights: Params or PackedWeights.
  template <class Weights, class T, class Gelu>
  static void compute(const Weights& p, ConstTokens<T, D> x, Tokens<T, D> y, bool accumulate, const Gelu& gelu, const Context& context) {
    Arena::Scope scope(context.arena);
    const auto active = take_tokens<H, T>(x.packing, context.arena);
    Expand::apply(p.expand, x.data, x.rows(), active.data, {.products = context.products}, gelu);
    dropout_in_place(active, DropoutPlace::mlp_hidden, context);
    Contract::apply(p.contract, active.data, x.rows(), y.data, {.accumulate = accumulate, .products = context.products});
    dropout_in_place(y, DropoutPlace::mlp_output, context);
  }
};

/// Tape FFN: y = GLU(x W0 + b0) W1 + b1 with W0 [D, 2H], W1 [H, D]. GLU(a, b) = a sigmoid(b), where a is the first half of a row and b the second.
template <int D, int H>
struct GluMlp : DensePair<Linear<D, 2 * H>, Linear<H, D>> {
  using Pair = DensePair<Linear<D, 2 * H>, Linear<H, D>>;  ///< the two dense layers
  using typename Pair::Contract, typename Pair::Expand;
  template <class T>
  using Params = typename Pair::template Params<T>;
  template <class T, class Stored = T>
  using PackedWeights = typename Pair::template PackedWeights<T, Stored>;

  template <class T>
  struct Saved {
    Tokens<const T, D> x;
    Tokens<T, 2 * H> hidden;  ///< x W0 + b0
    Tokens<T, H> gated;       ///< GLU of hidden, behind dropout
  };

  template <class T>
  static void forward(const Params<T>& p, ConstTokens<T, D> x, Tokens<T, D> y, Saved<T>& saved, const Context& context) {
    saved = {x, take_tokens<2 * H, T>(x.packing, context.arena), take_tokens<H, T>(x.packing, context.arena)};
    compute(p, x, y, false, saved.hidden, saved.gated, context);
  }

  template <class T>
  static void backward(const Params<T>& p, const Saved<T>& saved, ConstTokens<T, D> dy, Tokens<T, D> dx, Params<T>& dp, const Context& context) {
    Arena::Scope scope(context.arena);
    dy = dropout_gradient(dy, DropoutPlace::tape_mlp_output, context);
    const auto dgated = take_tokens<H, T>(dy.packing, context.arena);
    const auto dhidden = take_tokens<2 * H, T>(dy.packing, context.arena);
    Contract::backward(p.contract, {saved.gated}, dy, dgated, dp.contract, context);
    dropout_in_place(dgated, DropoutPlace::tape_mlp_hidden, context);
    ops::glu_backward(saved.hidden.data, dgated.data, dy.rows(), H, dhidden.data);
    Expand::backward(p.expand, {saved.x}, dhidden, dx, dp.expand, context);
  }

  /// All gated values are complete before y is written.
  static constexpr bool infer_may_alias = true, infer_add_may_alias = true;
  template <class T, class Stored>
  static void infer(const PackedWeights<T, Stored>& p, ConstTokens<T, D> x, Tokens<T, D> y, const Context& context) {
    compute_in_arena(p, x, y, false, context);
  }
  template <class T, class Stored>
  static void infer_add(const PackedWeights<T, Stored>& p, ConstTokens<T, D> x, Tokens<T, D> y, const Context& context) {
    compute_in_arena(p, x, y, true, context);
  }

 private:
  /// y = GLU(x W0 + b0) W1 + b1, or y += without dropout. Writes hidden and gated, which are as in Saved. Weights: Params or PackedWeights.
  template <class Weights, class T>
  static void compute(const Weights& p, ConstTokens<T, D> x, Tokens<T, D> y, bool accumulate, Tokens<T, 2 * H> hidden, Tokens<T, H> gated,
                      const Context& context) {
    Expand::apply(p.expand, x.data, x.rows(), hidden.data, {.products = context.products});
    ops::glu(hidden.data, x.rows(), H, gated.data);
    dropout_in_place(gated, DropoutPlace::tape_mlp_hidden, context);
    Contract::apply(p.contract, gated.data, x.rows(), y.data, {.accumulate = accumulate, .products = context.products});
    dropout_in_place(y, DropoutPlace::tape_mlp_output, context);
  }
  template <class Weights, class T>
  static void compute_in_arena(const Weights& p, ConstTokens<T, D> x, Tokens<T, D> y, bool accumulate, const Context& context) {
    Arena::Scope scope(context.arena);
    const auto gated = take_tokens<H, T>(x.packing, context.arena);
    compute(p, x, y, accumulate, take_tokens<2 * H, T>(x.packing, context.arena), gated, context);
  }
};

}  // namespace adatape::nn
