#pragma once
/// Nestings of Chain, Skip and Named around layers with every subset of the three ways to infer.
#include "adatape/nn/block.hpp"
#include "random_values.hpp"

namespace adatape::testing {

/// y_j = gain_j x_j in every row: what the layers below have in common.
template <int D>
struct Gain {
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
  template <class T>
  static PackedWeights<T> pack_weights(const Params<T>& p, Arena& arena) {
    return {copy_values(p.gain, arena)};
  }
  template <class T>
  static void forward(const Params<T>& p, Tokens<T, D> x, Tokens<T, D> y, Saved<T>& saved, const Context&) {
    saved.x = x;
    for (Index i = 0; i < x.size(); ++i) y.data[i] = p.gain.data()[i % D] * x.data[i];
  }
  template <class T>
  static void backward(const Params<T>& p, const Saved<T>& saved, Tokens<T, D> dy, Tokens<T, D> dx, Params<T>& dp, const Context&) {
    for (Index i = 0; i < dy.size(); ++i) {
      dp.gain.data()[i % D] += dy.data[i] * saved.x.data[i];
      dx.data[i] = dy.data[i] * p.gain.data()[i % D];
    }
  }
};

/// Infers by infer_add alone, which must not alias: it goes over y twice.
template <int D>
struct OnlyAdds : Gain<D> {
  template <class T>
  static void infer_add(const typename Gain<D>::template PackedWeights<T>& p, Tokens<T, D> x, Tokens<T, D> y, const Context&) {
    for (int half = 0; half < 2; ++half)
      for (Index i = 0; i < x.size(); ++i) y.data[i] += p.gain[i % D] / 2 * x.data[i];
  }
};

/// Infers in place alone.
template <int D>
struct OnlyInPlace : Gain<D> {
  template <class T>
  static void infer_in_place(const typename Gain<D>::template PackedWeights<T>& p, Tokens<T, D> x, const Context&) {
    for (Index i = 0; i < x.size(); ++i) x.data[i] *= p.gain[i % D];
  }
};

/// Infers by infer alone, which must not alias: it clears y first.
template <int D>
struct OnlyInfers : Gain<D> {
  template <class T>
  static void infer(const typename Gain<D>::template PackedWeights<T>& p, Tokens<T, D> x, Tokens<T, D> y, const Context&) {
    std::fill_n(y.data, y.size(), T(0));
    for (Index i = 0; i < x.size(); ++i) y.data[i] += p.gain[i % D] * x.data[i];
  }
};

template <class F, class G>
using C = nn::Chain<F, G>;
template <class F>
using S = nn::Skip<F, 1>;
template <class F>
using N = nn::Named<"a", F>;
template <class F>
using M = nn::Named<"b", F>;

using Square = nn::Linear<40, 40>;
using Wide = nn::Linear<40, 13>;
using Narrow = nn::Linear<13, 40>;

}  // namespace adatape::testing

/// Names keep the parameters of one tree apart.
#define ADATAPE_TEST_COMPOSITIONS                                                                                                                         \
  testing::S<testing::Square>, testing::N<testing::Square>, testing::S<testing::N<testing::Square>>, testing::N<testing::S<testing::Square>>,             \
      testing::S<testing::S<testing::Square>>, testing::S<nn::LayerNorm<40>>, testing::C<testing::N<testing::Wide>, testing::M<testing::Narrow>>,         \
      testing::S<testing::C<testing::N<testing::Wide>, testing::M<testing::Narrow>>>, testing::C<testing::N<testing::Square>, testing::M<testing::Wide>>, \
      testing::C<testing::N<testing::Square>, testing::M<testing::Square>>,                                                                               \
      testing::C<testing::N<testing::S<testing::Square>>, testing::M<testing::S<nn::LayerNorm<40>>>>,                                                     \
      testing::S<testing::C<testing::N<testing::S<testing::Square>>, testing::M<testing::Square>>>,                                                       \
      testing::N<testing::C<testing::N<nn::Mlp<12, 9>>, testing::M<testing::S<nn::GluMlp<12, 5>>>>>, testing::S<nn::Attention<12, 3>>,                    \
      testing::C<testing::N<nn::Attention<12, 2>>, testing::M<nn::LayerNorm<12>>>, testing::S<nn::SeparateTapeMlp<nn::Mlp<12, 7>, nn::GluMlp<12, 5>>>,    \
      testing::S<nn::EncoderBlock<12, 3, 8>>, testing::C<testing::N<testing::Square>, testing::S<testing::S<testing::OnlyAdds<40>>>>,                     \
      testing::S<testing::C<testing::N<testing::OnlyAdds<40>>, testing::M<testing::OnlyInPlace<40>>>>,                                                    \
      testing::C<testing::OnlyInPlace<40>, testing::N<testing::Square>>, testing::S<testing::OnlyInPlace<40>>, testing::S<testing::OnlyInfers<40>>,       \
      testing::S<testing::C<testing::N<testing::OnlyInPlace<40>>, testing::M<testing::OnlyAdds<40>>>>, testing::N<testing::OnlyAdds<40>>,                 \
      testing::C<testing::N<testing::OnlyInfers<40>>, testing::M<testing::OnlyInfers<40>>>, testing::S<testing::N<testing::OnlyInfers<40>>>
