#pragma once
/// LayerNorm (ops/layer_norm.hpp) as a layer. core/layer.hpp says what every layer throws and what may alias.
#include <limits>

#include "adatape/core/layer.hpp"
#include "adatape/ops/layer_norm.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::nn {

/// What LayerNorm adds to the variance. (clang 14 takes a double as a template argument only inside a struct.)
struct Epsilon {
  double value = ops::kLayerNormEpsilon;  ///< at least 1.2e-38, below 1
};

/// Normalises every token over its D features: y = (x - mean) rstd scale + bias, with the biased variance.
template <int D, Epsilon epsilon = Epsilon{}>
struct LayerNorm {
  static_assert(epsilon.value >= std::numeric_limits<float>::min() && epsilon.value < 1, "LayerNorm<D, epsilon>: epsilon must be from 1.2e-38 to below 1");
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
    ops::layer_norm(x.data, p.scale.data(), p.bias.data(), x.rows(), D, y.data, saved.mean, saved.rstd, epsilon.value);
  }

  template <class T>
  static PackedWeights<T> pack_weights(const Params<T>& p, Arena& arena) {
    return {copy_values(p.scale, arena), copy_values(p.bias, arena)};
  }
  static constexpr bool infer_may_alias = true;
  template <class T>
  static void infer(const PackedWeights<T>& p, ConstTokens<T, D> x, Tokens<T, D> y, const Context&) {
    ops::layer_norm<T>(x.data, p.scale, p.bias, x.rows(), D, y.data, nullptr, nullptr, epsilon.value);
  }

  static constexpr bool backward_may_alias = true;
  template <class T>
  static void backward(const Params<T>& p, const Saved<T>& saved, ConstTokens<T, D> dy, Tokens<T, D> dx, Params<T>& dp, const Context&) {
    ops::layer_norm_backward(saved.x.data, saved.mean, saved.rstd, p.scale.data(), dy.data, dy.rows(), D, dx.data, dp.scale.data(), dp.bias.data());
  }
};

}  // namespace adatape::nn
