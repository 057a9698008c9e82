#pragma once
/// An encoder block of one's own. Its norm is RMSNorm, its FFN is gated (SwiGLU), and LayerScale stands at the end of both branches:
///     x += scale_0 * MHA(RMSNorm_0(x)),  then  x += scale_1 * FFN(RMSNorm_1(x)),  where  FFN(x) = (a * silu(b)) W1 + c1  and  [a, b] = x W0 + c0
#include <cmath>

#include "adatape/adatape.hpp"

namespace mine {

using namespace adatape;

/// y_j = g_j x_j / divisor. The gains g [D] start at 1.
template <int D, int divisor = 1>
struct Scale {
  static constexpr int in = D, out = D;
  template <class T>
  struct Params {
    Tensor<T, D> gain;
    static constexpr auto fields() { return std::tuple(field("gain", &Params::gain, Init::ones())); }
  };
  template <class T>
  struct Saved {
    Tokens<T, D> x;
  };
  template <class T>
  struct PackedWeights {
    const T* gain = nullptr;
  };
  static constexpr double macs(double) { return 0; }  // products are counted, and nothing else

  template <class T>
  static void forward(const Params<T>& p, Tokens<T, D> x, Tokens<T, D> y, Saved<T>& saved, const Context& context) {
    saved.x = x;
    infer<T>({p.gain.data()}, x, y, context);
  }
  /// dg_j += sum over rows of dy_j x_j / divisor,  dx_j = g_j dy_j / divisor
  template <class T>
  static void backward(const Params<T>& p, const Saved<T>& saved, Tokens<T, D> dy, Tokens<T, D> dx, Params<T>& dp, const Context&) {
    for (Index i = 0; i < dy.size(); ++i) {
      dp.gain.data()[i % D] += dy.data[i] * saved.x.data[i] / divisor;
      dx.data[i] = p.gain.data()[i % D] * dy.data[i] / divisor;
    }
  }
  template <class T>
  static PackedWeights<T> pack_weights(const Params<T>& p, Arena& arena) {
    return {copy_values(p.gain, arena)};
  }
  static constexpr bool infer_may_alias = true;
  template <class T>
  static void infer(const PackedWeights<T>& p, Tokens<T, D> x, Tokens<T, D> y, const Context&) {
    for (Index i = 0; i < x.size(); ++i) y.data[i] = p.gain[i % D] * x.data[i] / divisor;
  }
};

/// A layer without parameters whose rows are F of the rows of x. F has the widths in and out, value(x, y) and gradient(x, dy, dx).
template <class F>
struct EachRow : F {
  template <class T>
  struct Params {
    static constexpr auto fields() { return std::tuple<>(); }
  };
  template <class T>
  struct Saved {
    Tokens<T, F::in> x;
  };
  template <class T>
  struct PackedWeights {};
  static constexpr double macs(double) { return 0; }

  template <class T>
  static void forward(const Params<T>&, Tokens<T, F::in> x, Tokens<T, F::out> y, Saved<T>& saved, const Context& context) {
    saved.x = x;
    infer<T>({}, x, y, context);
  }
  template <class T>
  static void backward(const Params<T>&, const Saved<T>& saved, Tokens<T, F::out> dy, Tokens<T, F::in> dx, Params<T>&, const Context&) {
    for (Index i = 0; i < dy.rows(); ++i) F::gradient(saved.x.row(i), dy.row(i), dx.row(i));
  }
  template <class T>
  static PackedWeights<T> pack_weights(const Params<T>&, Arena&) {
    return {};
  }
  template <class T>
  static void infer(const PackedWeights<T>&, Tokens<T, F::in> x, Tokens<T, F::out> y, const Context&) {
    for (Index i = 0; i < x.rows(); ++i) F::value(x.row(i), y.row(i));
  }
};

/// y = r x with r = 1 / sqrt(mean_j x_j^2 + 1e-6).  dx = r (dy - x r^2 mean_j dy_j x_j).
template <int D>
struct Normalise {
  static constexpr int in = D, out = D;
  template <class T>
  static T dot(const T* a, const T* b) {
    T sum = 0;
    for (int j = 0; j < D; ++j) sum += a[j] * b[j];
    return sum;
  }
  template <class T>
  static void value(const T* x, T* y) {
    const T r = 1 / std::sqrt(dot(x, x) / D + T(1e-6));
    for (int j = 0; j < D; ++j) y[j] = r * x[j];
  }
  template <class T>
  static void gradient(const T* x, const T* dy, T* dx) {
    const T r = 1 / std::sqrt(dot(x, x) / D + T(1e-6)), mean = dot(dy, x) / D;
    for (int j = 0; j < D; ++j) dx[j] = r * (dy[j] - x[j] * r * r * mean);
  }
};

/// x = [a, b];  y = a silu(b) with silu(b) = b s and s = sigmoid(b).  da = dy b s,  db = dy a s (1 + b (1 - s)).
template <int H>
struct SwiGlu {
  static constexpr int in = 2 * H, out = H;
  template <class T>
  static T sigmoid(T b) {
    return 1 / (1 + std::exp(-b));
  }
  template <class T>
  static void value(const T* x, T* y) {
    for (int j = 0; j < H; ++j) y[j] = x[j] * x[H + j] * sigmoid(x[H + j]);
  }
  template <class T>
  static void gradient(const T* x, const T* dy, T* dx) {
    for (int j = 0; j < H; ++j) {
      const T a = x[j], b = x[H + j], s = sigmoid(b);
      dx[j] = dy[j] * b * s;
      dx[H + j] = dy[j] * a * s * (1 + b * (1 - s));
    }
  }
};

using nn::Chain, nn::Named, nn::Skip;

template <int D>
using RmsNorm = Chain<EachRow<Normalise<D>>, Scale<D>>;
template <int D, int H>
using GatedFfn = Chain<Named<"expand", nn::Linear<D, 2 * H>>, Chain<EachRow<SwiGlu<H>>, Named<"contract", nn::Linear<H, D>>>>;
/// LayerScale(Inner(RMSNorm(x))). The scale starts at 1/10.
template <int D, class Inner>
using Branch = Chain<Named<"norm", RmsNorm<D>>, Chain<Inner, Named<"layer_scale", Scale<D, 10>>>>;
template <nn::BlockSizes size>
using GatedBlock = Chain<Named<"attention", Skip<Branch<size.D, nn::Attention<size.D, size.heads>>, 0>>,
                         Named<"ffn", Skip<Branch<size.D, GatedFfn<size.D, size.mlp_dim>>, 1>>>;

}  // namespace mine
