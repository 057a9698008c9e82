#pragma once
/// Models with layers of a user's own. The layers here have no more members than a model needs, and fail a test where they are given one memory twice.
#include <doctest/doctest.h>

#include <cmath>

#include "../../examples/compose/gated_block.hpp"
#include "model_problem.hpp"

namespace adatape::testing {

/// L with forward, backward and infer only, which must not be run in place. dx is spoiled before backward reads dy.
template <class L>
struct Strict {
  static constexpr int in = L::in, out = L::out;
  template <class T>
  using Params = typename L::template Params<T>;
  template <class T>
  using Saved = typename L::template Saved<T>;
  template <class T>
  using PackedWeights = typename L::template PackedWeights<T>;

  template <class T>
  static void forward(const Params<T>& p, Tokens<T, in> x, Tokens<T, out> y, Saved<T>& saved, const Context& context) {
    require_apart(x, y);
    L::forward(p, x, y, saved, context);
  }
  template <class T>
  static void backward(const Params<T>& p, const Saved<T>& saved, Tokens<T, out> dy, Tokens<T, in> dx, Params<T>& dp, const Context& context) {
    require_apart(dx, dy);
    std::fill_n(dx.data, dx.size(), std::numeric_limits<T>::quiet_NaN());
    L::backward(p, saved, dy, dx, dp, context);
  }
  template <class T>
  static PackedWeights<T> pack_weights(const Params<T>& p, Arena& arena) {
    return L::pack_weights(p, arena);
  }
  template <class T>
  static void infer(const PackedWeights<T>& p, Tokens<T, in> x, Tokens<T, out> y, const Context& context) {
    require_apart(x, y);
    nn::infer<L, T>(p, x, y, context);
  }

 private:
  template <class T>
  static void require_apart(Tokens<T, in> a, Tokens<T, out> b) {
    require(a.size() == 0 || a.data + a.size() <= b.data || b.data + b.size() <= a.data, "a layer that does not allow it was run in place");
  }
};

/// y_b = sum_i w_i x_i with w = softmax_i(q . x_i) over all tokens of sample b, q [D] trained.
///     dx_i = w_i dy + dw_i q,  dq += sum_i dw_i x_i,  dw_i = w_i dy . (x_i - y)
template <int D>
struct AttentionPooling {
  static constexpr int in = D, out = D;
  template <class T>
  struct Params {
    Tensor<T, D> query;
    static constexpr auto fields() { return std::tuple(field("query", &Params::query, Init::normal(0.02))); }
  };
  template <class T>
  struct Saved {
    Tokens<T, D> x, y;
    T* weights = nullptr;  ///< [rows]
  };
  template <class T>
  struct PackedWeights {
    const T* query = nullptr;
  };
  static constexpr double macs(double tokens) { return 2 * tokens * D; }

  template <class T>
  static void forward(const Params<T>& p, Tokens<T, D> x, Tokens<T, D> y, Saved<T>& saved, const Context& context) {
    saved = {x, y, context.arena.take<T>(x.rows())};
    apply(p.query.data(), x, y, saved.weights);
  }
  template <class T>
  static void backward(const Params<T>& p, const Saved<T>& saved, Tokens<T, D> dy, Tokens<T, D> dx, Params<T>& dp, const Context&) {
    for (Index b = 0; b < dy.packing.samples(); ++b)
      for (Index i = dx.packing.begin(b); i < dx.packing.begin(b + 1); ++i) {
        T dscore = 0;
        for (int j = 0; j < D; ++j) dscore += dy.row(b)[j] * (saved.x.row(i)[j] - saved.y.row(b)[j]);
        dscore *= saved.weights[i];
        for (int j = 0; j < D; ++j) {
          dx.row(i)[j] = saved.weights[i] * dy.row(b)[j] + dscore * p.query.data()[j];
          dp.query.data()[j] += dscore * saved.x.row(i)[j];
        }
      }
  }
  template <class T>
  static PackedWeights<T> pack_weights(const Params<T>& p, Arena& arena) {
    return {copy_values(p.query, arena)};
  }
  template <class T>
  static void infer(const PackedWeights<T>& p, Tokens<T, D> x, Tokens<T, D> y, const Context& context) {
    Arena::Scope scope(context.arena);
    apply(p.query, x, y, context.arena.take<T>(x.rows()));
  }

 private:
  template <class T>
  static void apply(const T* query, Tokens<T, D> x, Tokens<T, D> y, T* weights) {
    for (Index b = 0; b < x.packing.samples(); ++b) {
      const Index begin = x.packing.begin(b), end = x.packing.begin(b + 1);
      T sum = 0;
      for (Index i = begin; i < end; ++i) {
        T score = 0;
        for (int j = 0; j < D; ++j) score += query[j] * x.row(i)[j];
        sum += weights[i] = std::exp(score);
      }
      std::fill_n(y.row(b), D, T(0));
      for (Index i = begin; i < end; ++i) {
        weights[i] /= sum;
        for (int j = 0; j < D; ++j) y.row(b)[j] += weights[i] * x.row(i)[j];
      }
    }
  }
};

/// A head with a hidden layer, dropout included.
template <int D, int classes>
using DeepHead = nn::Chain<nn::Named<"hidden", nn::Mlp<D, 9>>, nn::Named<"logits", nn::Linear<D, classes>>>;

/// Turns every layer of `Base` into one of a user's own.
template <class Base>
struct OwnLayers : Base {
  template <nn::BlockSizes size>
  using Block = Strict<mine::GatedBlock<size>>;
  template <int D>
  using Norm = Strict<mine::RmsNorm<D>>;
  template <int D, nn::Pool>
  using Pooling = AttentionPooling<D>;
  template <int D, int classes>
  using Head = Strict<DeepHead<D, classes>>;
  static constexpr std::string_view own_layers = "gated block, RMSNorm, attention pooling, deep head";
};

/// Small sizes, because layers written for clarity are slow.
template <class Base>
struct SmallSizes : Base {
  static constexpr int hidden_size = 16, num_heads = 2, split_tt = 2, mlp_dim = 10;
};
using OwnTape = OwnLayers<SmallSizes<verify::LearnTwoReads>>;  ///< two reads, cls
using OwnParity = OwnLayers<SmallSizes<verify::ParityGap>>;
using OwnAct = OwnLayers<SmallSizes<verify::ActAccumulated>>;  ///< ACT with a block of its own for every step
using OwnPonderNet = OwnLayers<SmallSizes<verify::PonderNetUnshared>>;  ///< a norm, a pooling and a head with dropout behind every step
/// ACT with one block for all steps, and a norm without parameters.
struct OwnActShared : OwnLayers<SmallSizes<verify::ActBasic>> {
  template <int D>
  using Norm = Strict<mine::EachRow<mine::Normalise<D>>>;
};

}  // namespace adatape::testing
