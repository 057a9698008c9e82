#pragma once
/// LayerNorm (ops/layer_norm.hpp) as a layer. core/layer.hpp says what every layer throws and what may alias.
#include "adatape/core/layer.hpp"
#include "adatape/ops/layer_norm.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::nn {

/// Normalises every token over its D features: y = (x - mean) rstd scale + bias, with the biased variance and epsilon 1e-6.
template <int D>
struct LayerNorm {
  static constexpr int in = D, out = D;

  template <class T>
  struct Params {
    Tensor<T, D> scale;
    Tensor<T, D> bias;
    static constexpr auto fields() { return std::tuple(field("scale", &Params::scale, Init::ones()), field("bias", &Params::bias)); }
  };

  template <class T>
  struct Saved {
    Tokens<const T, D> x;
    T* mean = nullptr;  ///< [rows]
    T* rstd = nullptr;  ///< [rows]
  };

  template <class T>
  struct PackedWeights {
    const T *scale = nullptr, *bias = nullptr;
  };

  static constexpr double macs(double) { return 0; }

  template <class T>
  static void forward(const Params<T>& p, ConstTokens<T, D> x, Tokens<T, D> y, Saved<T>& saved, const Context& context) {
    saved = {x, context.arena.take<T>(x.rows()), context.arena.take<T>(x.rows())};
    ops::layer_norm(x.data, p.scale.data(), p.bias.data(), x.rows(), D, y.data, saved.mean, saved.rstd);
  }

  template <class T>
  static PackedWeights<T> pack_weights(const Params<T>& p, Arena& arena) {
    return {copy_values(p.scale, arena), copy_values(p.bias, arena)};
  }
  static constexpr bool infer_may_alias = true;
  template <class T>
  static void infer(const PackedWeights<T>& p, ConstTokens<T, D> x, Tokens<T, D> y, const Context&) {
    ops::layer_norm<T>(x.data, p.scale, p.bias, x.rows(), D, y.data, nullptr, nullptr);
  }

  static constexpr bool backward_may_alias = true;
  template <class T>
  static void backward(const Params<T>& p, const Saved<T>& saved, ConstTokens<T, D> dy, Tokens<T, D> dx, Params<T>& dp, const Context&) {
    ops::layer_norm_backward(saved.x.data, saved.mean, saved.rstd, p.scale.data(), dy.data, dy.rows(), D, dx.data, dp.scale.data(), dp.bias.data());
  }
};

}  // namespace adatape::nn
