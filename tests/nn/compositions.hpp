#pragma once
/// Nestings of Chain, Skip and Named around layers with every subset of the three ways to infer.
#include "adatape/nn/block.hpp"
#include "random_values.hpp"

namespace adatape::testing {

/// What layers without parameters have in common.
struct WithoutParameters {
  template <class T>
  struct Params {
    static constexpr auto fields() { return std::tuple(); }
  };
  template <class T>
  struct Saved {};
  template <class T>
  struct Packed {};
  template <class T>
  static Packed<T> pack(const Params<T>&, Arena&) {
    return {};
  }
};

/// Twice the values in reverse order.
template <int D>
struct OnlyAdds : WithoutParameters {
  static constexpr int in = D, out = D;
  template <class T>
  static void forward(const Params<T>&, Tokens<T, D> x, Tokens<T, D> y, Saved<T>&, const Context&) {
    for (Index i = 0; i < x.size(); ++i) y.data[i] = 2 * x.data[x.size() - 1 - i];
  }
  template <class T>
  static void backward(const Params<T>&, const Saved<T>&, Tokens<T, D> dy, Tokens<T, D> dx, Params<T>&, const Context&) {
    for (Index i = 0; i < dy.size(); ++i) dx.data[i] = 2 * dy.data[dy.size() - 1 - i];
  }
  /// Reads what it has written where y is x: this must not alias.
  template <class T>
  static void infer_add(const Packed<T>&, Tokens<T, D> x, Tokens<T, D> y, const Context&) {
    for (Index i = 0; i < x.size(); ++i) y.data[i] += 2 * x.data[x.size() - 1 - i];
  }
};

/// Twice the values.
template <int D>
struct OnlyInPlace : WithoutParameters {
  static constexpr int in = D, out = D;
  template <class T>
  static void forward(const Params<T>&, Tokens<T, D> x, Tokens<T, D> y, Saved<T>&, const Context&) {
    for (Index i = 0; i < x.size(); ++i) y.data[i] = 2 * x.data[i];
  }
  template <class T>
  static void backward(const Params<T>&, const Saved<T>&, Tokens<T, D> dy, Tokens<T, D> dx, Params<T>&, const Context&) {
    for (Index i = 0; i < dy.size(); ++i) dx.data[i] = 2 * dy.data[i];
  }
  template <class T>
  static void infer_in_place(const Packed<T>&, Tokens<T, D> x, const Context&) {
    for (Index i = 0; i < x.size(); ++i) x.data[i] *= 2;
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

/// Layers over 40 (some 12) features; names keep the parameters of one tree apart.
#define ADATAPE_TEST_COMPOSITIONS                                                                                                                          \
  testing::S<testing::Square>, testing::N<testing::Square>, testing::S<testing::N<testing::Square>>, testing::N<testing::S<testing::Square>>,              \
      testing::S<testing::S<testing::Square>>, testing::S<nn::LayerNorm<40>>, testing::C<testing::N<testing::Wide>, testing::M<testing::Narrow>>,          \
      testing::S<testing::C<testing::N<testing::Wide>, testing::M<testing::Narrow>>>, testing::C<testing::N<testing::Square>, testing::M<testing::Wide>>, \
      testing::C<testing::N<testing::Square>, testing::M<testing::Square>>,                                                                                \
      testing::C<testing::N<testing::S<testing::Square>>, testing::M<testing::S<nn::LayerNorm<40>>>>,                                                       \
      testing::S<testing::C<testing::N<testing::S<testing::Square>>, testing::M<testing::Square>>>,                                                         \
      testing::N<testing::C<testing::N<nn::Mlp<12, 9>>, testing::M<testing::S<nn::GluMlp<12, 5>>>>>, testing::S<nn::Attention<12, 3>>,                      \
      testing::C<testing::N<nn::Attention<12, 2>>, testing::M<nn::LayerNorm<12>>>, testing::S<nn::SeparateTapeMlp<nn::Mlp<12, 7>, nn::GluMlp<12, 5>>>,      \
      testing::S<nn::EncoderBlock<12, 3, 8>>, testing::C<testing::N<testing::Square>, testing::S<testing::S<testing::OnlyAdds<40>>>>,                       \
      testing::S<testing::C<testing::OnlyAdds<40>, testing::OnlyInPlace<40>>>, testing::C<testing::OnlyInPlace<40>, testing::N<testing::Square>>,           \
      testing::S<testing::C<testing::OnlyInPlace<40>, testing::OnlyAdds<40>>>, testing::S<testing::OnlyInPlace<40>>
