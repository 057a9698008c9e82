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
  using Expand = Expand_;
  using Contract = Contract_;
  static constexpr int in = Expand::in, out = Contract::out;

  template <class T>
  struct Params {
    typename Expand::template Params<T> expand;
    typename Contract::template Params<T> contract;
    static constexpr auto fields() { return std::tuple(field("Dense_0", &Params::expand), field("Dense_1", &Params::contract)); }
  };
  template <class T>
  struct Packed {
    typename Expand::template Packed<T> expand;
    typename Contract::template Packed<T> contract;
  };

  static constexpr double macs(double tokens) { return Expand::macs(tokens) + Contract::macs(tokens); }

  template <class T>
  static Packed<T> pack(const Params<T>& p, Arena& arena) {
    return {Expand::pack(p.expand, arena), Contract::pack(p.contract, arena)};
  }
};

/// Transformer FFN: y = GELU(x W0 + b0) W1 + b1 with W0 [D, H], W1 [H, D]. forward saves only a view of x and the hidden values before the GELU. Epilogues of
/// the products apply the GELU and, in backward, the derivative of the GELU.
template <int D, int H, ops::GeluForm form = ops::GeluForm::tanh>
struct Mlp : DensePair<Linear<D, H>, Linear<H, D>> {
  using Pair = DensePair<Linear<D, H>, Linear<H, D>>;
  using typename Pair::Contract, typename Pair::Expand;
  template <class T>
  using Params = typename Pair::template Params<T>;
  template <class T>
  using Packed = typename Pair::template Packed<T>;

  template <class T>
  struct Saved {
    Tokens<const T, D> x;
    Tokens<T, H> hidden;  ///< x W0 + b0
  };

  template <class T>
  static void forward(const Params<T>& p, ConstTokens<T, D> x, Tokens<T, D> y, Saved<T>& saved, const Context& context) {
    saved = {x, take_tokens<H, T>(x.packing, context.arena)};
    Arena::Scope scope(context.arena);
    const auto active = take_tokens<H, T>(x.packing, context.arena);
    Expand::apply(p.expand.kernel.data(), p.expand.bias.data(), x.data, x.rows(), active.data, ops::KeepingGeluEpilogue<form, T>{saved.hidden.data, H});
    apply_dropout(active, DropoutPlace::mlp_hidden, context);
    Contract::apply(p.contract.kernel.data(), p.contract.bias.data(), active.data, x.rows(), y.data);
    apply_dropout(y, DropoutPlace::mlp_output, context);
  }

  template <class T>
  static void backward(const Params<T>& p, const Saved<T>& saved, ConstTokens<T, D> dy, Tokens<T, D> dx, Params<T>& dp, const Context& context) {
    Arena::Scope scope(context.arena);
    dy = dropout_gradient(dy, DropoutPlace::mlp_output, context);
    const auto active = take_tokens<H, T>(dy.packing, context.arena), derivative = take_tokens<H, T>(dy.packing, context.arena);
    ops::gelu_with_derivative<form>(saved.hidden.data, saved.hidden.size(), active.data, derivative.data);
    apply_dropout(active, DropoutPlace::mlp_hidden, context);
    Contract::accumulate_gradients(active.data, dy.data, dy.rows(), dp.contract.kernel.data(), dp.contract.bias.data());
    const auto& dhidden = active;
    Contract::input_gradient(p.contract.kernel.data(), dy.data, dy.rows(), dhidden.data, false, ops::MultiplyEpilogue<T>{derivative.data, H});
    apply_dropout(dhidden, DropoutPlace::mlp_hidden, context);
    Expand::backward(p.expand, {saved.x}, dhidden, dx, dp.expand, context);
  }

  /// All hidden values are complete before y is written.
  static constexpr bool infer_may_alias = true, infer_add_may_alias = true;
  template <class T>
  static void infer(const Packed<T>& p, ConstTokens<T, D> x, Tokens<T, D> y, const Context& context) {
    Arena::Scope scope(context.arena);
    Contract::infer(p.contract, activate(p, x, context), y, context);
  }
  template <class T>
  static void infer_add(const Packed<T>& p, ConstTokens<T, D> x, Tokens<T, D> y, const Context& context) {
    Arena::Scope scope(context.arena);
    Contract::infer_add(p.contract, activate(p, x, context), y, context);
  }

 private:
  template <class T>
  static Tokens<T, H> activate(const Packed<T>& p, ConstTokens<T, D> x, const Context& context) {
    const auto active = take_tokens<H, T>(x.packing, context.arena);
    Expand::apply(p.expand, x.data, x.rows(), active.data, false, ops::GeluEpilogue<form>{});
    return active;
  }
};

/// Tape FFN: y = GLU(x W0 + b0) W1 + b1 with W0 [D, 2H], W1 [H, D]. GLU(a, b) = a sigmoid(b), where a is the first half of a row and b the second.
template <int D, int H>
struct GluMlp : DensePair<Linear<D, 2 * H>, Linear<H, D>> {
  using Pair = DensePair<Linear<D, 2 * H>, Linear<H, D>>;
  using typename Pair::Contract, typename Pair::Expand;
  template <class T>
  using Params = typename Pair::template Params<T>;
  template <class T>
  using Packed = typename Pair::template Packed<T>;

  template <class T>
  struct Saved {
    typename Expand::template Saved<T> expand;
    Tokens<T, 2 * H> hidden;  ///< x W0 + b0
    typename Contract::template Saved<T> contract;
  };

  template <class T>
  static void forward(const Params<T>& p, ConstTokens<T, D> x, Tokens<T, D> y, Saved<T>& saved, const Context& context) {
    saved.hidden = take_tokens<2 * H, T>(x.packing, context.arena);
    const auto gated = take_tokens<H, T>(x.packing, context.arena);
    Expand::forward(p.expand, x, saved.hidden, saved.expand, context);
    ops::glu(saved.hidden.data, x.rows(), H, gated.data);
    apply_dropout(gated, DropoutPlace::tape_mlp_hidden, context);
    Contract::forward(p.contract, gated, y, saved.contract, context);
    apply_dropout(y, DropoutPlace::tape_mlp_output, context);
  }

  template <class T>
  static void backward(const Params<T>& p, const Saved<T>& saved, ConstTokens<T, D> dy, Tokens<T, D> dx, Params<T>& dp, const Context& context) {
    Arena::Scope scope(context.arena);
    dy = dropout_gradient(dy, DropoutPlace::tape_mlp_output, context);
    const auto dgated = take_tokens<H, T>(dy.packing, context.arena);
    const auto dhidden = take_tokens<2 * H, T>(dy.packing, context.arena);
    Contract::backward(p.contract, saved.contract, dy, dgated, dp.contract, context);
    apply_dropout(dgated, DropoutPlace::tape_mlp_hidden, context);
    ops::glu_backward(saved.hidden.data, dgated.data, dy.rows(), H, dhidden.data);
    Expand::backward(p.expand, saved.expand, dhidden, dx, dp.expand, context);
  }

  /// All gated values are complete before y is written.
  static constexpr bool infer_may_alias = true, infer_add_may_alias = true;
  template <class T>
  static void infer(const Packed<T>& p, ConstTokens<T, D> x, Tokens<T, D> y, const Context& context) {
    Arena::Scope scope(context.arena);
    Contract::infer(p.contract, gate(p, x, context), y, context);
  }
  template <class T>
  static void infer_add(const Packed<T>& p, ConstTokens<T, D> x, Tokens<T, D> y, const Context& context) {
    Arena::Scope scope(context.arena);
    Contract::infer_add(p.contract, gate(p, x, context), y, context);
  }

 private:
  template <class T>
  static Tokens<T, H> gate(const Packed<T>& p, ConstTokens<T, D> x, const Context& context) {
    const auto gated = take_tokens<H, T>(x.packing, context.arena);
    const auto hidden = take_tokens<2 * H, T>(x.packing, context.arena);
    Expand::infer(p.expand, x, hidden, context);
    ops::glu(hidden.data, x.rows(), H, gated.data);
    return gated;
  }
};

}  // namespace adatape::nn
