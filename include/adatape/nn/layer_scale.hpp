#pragma once
/// LayerScale as a composition: a layer whose result is multiplied by a learned vector. core/layer.hpp says what every layer throws and what may alias.
#include "adatape/nn/compose.hpp"
#include "adatape/ops/layer_scale.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::nn {

/// y = gamma F(x), element by element, with gamma [out], which is called `name` and starts as `init` says. In inference gamma is part of F's packed weights and
/// costs nothing. So F's pack_weights must take it:
///     pack_weights(params, arena, StoredAs<Stored>, gamma) -> the weights of gamma F(x)
template <FixedString name, class F, Init init>
struct LayerScale {
  static constexpr int in = F::in, out = F::out;

  static constexpr double macs(double tokens) requires requires { F::macs(tokens); }
  { return F::macs(tokens); }

  template <class T>
  struct Params {
    typename F::template Params<T> layer;
    Tensor<T, out> gamma;  ///< `name` in checkpoints
    static constexpr auto fields() { return std::tuple(field("", &Params::layer), field(name.view(), &Params::gamma, init)); }
  };
  template <class T>
  struct Saved {
    typename F::template Saved<T> layer;
    Tokens<T, out> unscaled;  ///< F(x)
  };

  template <class T>
  static void forward(const Params<T>& p, ConstTokens<T, in> x, Tokens<T, out> y, Saved<T>& saved, const Context& context) {
    saved.unscaled = take_tokens<out, T>(x.packing, context.arena);
    layer_forward<F, T>(p.layer, x, saved.unscaled, saved.layer, context);
    ops::layer_scale(saved.unscaled.data, p.gamma.data(), x.rows(), out, y.data);
  }
  template <class T>
  static void backward(const Params<T>& p, const Saved<T>& saved, ConstTokens<T, out> dy, Tokens<T, in> dx, Params<T>& dp, const Context& context) {
    Arena::Scope scope(context.arena);
    const auto dunscaled = take_tokens<out, T>(dy.packing, context.arena);
    ops::layer_scale_backward<T>(saved.unscaled.data, p.gamma.data(), dy.data, dy.rows(), out, dunscaled.data, dp.gamma.data());
    layer_backward<F, T>(p.layer, saved.layer, dunscaled, dx, dp.layer, context);
  }

  template <class T, class Stored = T>
  using PackedWeights = packed_weights_as<F, T, Stored>;
  template <class T, class Stored = T>
  static PackedWeights<T, Stored> pack_weights(const Params<T>& p, Arena& arena, StoredAs<Stored> stored = {}) {
    return F::pack_weights(p.layer, arena, stored, p.gamma.data());
  }
  static constexpr bool infer_may_alias = adatape::infer_may_alias<F>, infer_add_may_alias = infer_add_may_alias_through<F, float>();
  template <class Weights, class T>
  static void infer(const Weights& p, ConstTokens<T, in> x, Tokens<T, out> y, const Context& context) {
    nn::infer<F, T>(p, x, y, context);
  }
  template <class Weights, class T>
  static void infer_add(const Weights& p, ConstTokens<T, in> x, Tokens<T, out> y, const Context& context) {
    nn::infer_add<F, T>(p, x, y, context);
  }
};

}  // namespace adatape::nn
