#pragma once
/// The hyperbolic tangent of every value as a layer. core/layer.hpp says what every layer throws and what may alias.
#include <cmath>

#include "adatape/core/layer.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::nn {

/// y = tanh(x). It is for the few rows behind a pooling: it computes one value after the other.
template <int D>
struct Tanh {
  static constexpr int in = D, out = D;
  template <class T>
  struct Params {
    static constexpr auto fields() { return std::tuple<>(); }
  };
  template <class T>
  struct Saved {
    Tokens<const T, D> y;
  };
  template <class T>
  struct PackedWeights {};

  static constexpr double macs(double) { return 0; }

  template <class T>
  static void forward(const Params<T>&, ConstTokens<T, D> x, Tokens<T, D> y, Saved<T>& saved, const Context&) {
    apply<T>(x, y);
    saved.y = y;
  }
  static constexpr bool backward_may_alias = true;
  /// dx = dy (1 - y^2)
  template <class T>
  static void backward(const Params<T>&, const Saved<T>& saved, ConstTokens<T, D> dy, Tokens<T, D> dx, Params<T>&, const Context&) {
    for (Index i = 0; i < dy.size(); ++i) dx.data[i] = dy.data[i] * (1 - saved.y.data[i] * saved.y.data[i]);
  }

  template <class T>
  static PackedWeights<T> pack_weights(const Params<T>&, Arena&) {
    return {};
  }
  static constexpr bool infer_may_alias = true;
  template <class T>
  static void infer(const PackedWeights<T>&, ConstTokens<T, D> x, Tokens<T, D> y, const Context&) {
    apply<T>(x, y);
  }

 private:
  template <class T>
  static void apply(ConstTokens<T, D> x, Tokens<T, D> y) {
    for (Index i = 0; i < x.size(); ++i) y.data[i] = std::tanh(x.data[i]);
  }
};

}  // namespace adatape::nn
