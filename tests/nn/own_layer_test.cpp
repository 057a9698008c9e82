/// A layer of one's own from end to end: what it must have, how it is checked, composed, trained and packed.
#include <doctest/doctest.h>

#include "adatape/nn/compose.hpp"
#include "adatape/nn/layer_norm.hpp"
#include "adatape/nn/linear.hpp"
#include "adatape/testing/gradient_check.hpp"
#include "adatape/testing/inference_check.hpp"
#include "adatape/train/adamw.hpp"

namespace mine {

using namespace adatape;

/// Scaled squared ReLU (So et al. 2021): y_j = gain_j max(x_j, 0)^2, gain [D] trained.
template <int D>
struct SquaredRelu {
  static constexpr int in = D, out = D;

  /// Parameters: named tensors, each with its initial value.
  template <class T>
  struct Params {
    Tensor<T, D> gain;
    static constexpr auto fields() { return std::tuple(field("gain", &Params::gain, Init::ones())); }
  };

  /// What backward needs: a view of the input, which the caller keeps alive.
  template <class T>
  struct Saved {
    Tokens<const T, D> x;
  };

  template <class T>
  static void forward(const Params<T>& p, ConstTokens<T, D> x, Tokens<T, D> y, Saved<T>& saved, const Context&) {
    saved.x = x;
    apply(p.gain.data(), x, y);
  }

  /// dx_j = 2 gain_j max(x_j, 0) dy_j is written, dgain_j += sum over rows of max(x_j, 0)^2 dy_j is added.
  template <class T>
  static void backward(const Params<T>& p, const Saved<T>& saved, ConstTokens<T, D> dy, Tokens<T, D> dx, Params<T>& dp, const Context&) {
    for (Index i = 0; i < dy.rows(); ++i)
      for (int j = 0; j < D; ++j) {
        const T positive = std::max(saved.x.row(i)[j], T(0));
        dp.gain.data()[j] += positive * positive * dy.row(i)[j];
        dx.row(i)[j] = 2 * p.gain.data()[j] * positive * dy.row(i)[j];
      }
  }

  /// Inference: copies of the weights in an arena, and one way to infer. Element by element, so that input and output may be one.
  template <class T>
  struct PackedWeights {
    const T* gain = nullptr;
  };
  template <class T>
  static PackedWeights<T> pack_weights(const Params<T>& p, Arena& arena) {
    return {copy_values(p.gain, arena)};
  }
  static constexpr bool infer_may_alias = true;
  template <class T>
  static void infer(const PackedWeights<T>& p, ConstTokens<T, D> x, Tokens<T, D> y, const Context&) {
    apply(p.gain, x, y);
  }

 private:
  template <class T>
  static void apply(const T* gain, ConstTokens<T, D> x, Tokens<T, D> y) {
    for (Index i = 0; i < x.rows(); ++i)
      for (int j = 0; j < D; ++j) {
        const T positive = std::max(x.row(i)[j], T(0));
        y.row(i)[j] = gain[j] * positive * positive;
      }
  }
};

/// A layer without parameters: y = max(x, 0). Its functions do not say which tokens they only read, as those of SquaredRelu do.
template <int D>
struct Relu {
  static constexpr int in = D, out = D;
  template <class T>
  struct Params {
    static constexpr auto fields() { return std::tuple<>(); }
  };
  template <class T>
  struct Saved {
    Tokens<T, D> x;
  };
  template <class T>
  struct PackedWeights {};

  template <class T>
  static void forward(const Params<T>&, Tokens<T, D> x, Tokens<T, D> y, Saved<T>& saved, const Context& context) {
    saved.x = x;
    infer<T>({}, x, y, context);
  }
  template <class T>
  static void backward(const Params<T>&, const Saved<T>& saved, Tokens<T, D> dy, Tokens<T, D> dx, Params<T>&, const Context&) {
    for (Index i = 0; i < dy.size(); ++i) dx.data[i] = saved.x.data[i] > 0 ? dy.data[i] : T(0);
  }
  template <class T>
  static PackedWeights<T> pack_weights(const Params<T>&, Arena&) {
    return {};
  }
  static constexpr bool infer_may_alias = true;
  template <class T>
  static void infer(const PackedWeights<T>&, Tokens<T, D> x, Tokens<T, D> y, const Context&) {
    for (Index i = 0; i < x.size(); ++i) y.data[i] = std::max(x.data[i], T(0));
  }
};
/// The same, whose functions name the type of const tokens itself.
template <int D>
struct ConstRelu : Relu<D> {
  template <class T>
  using Saved = Tokens<const T, D>;
  template <class T>
  using Params = typename Relu<D>::template Params<T>;
  template <class T>
  static void forward(const Params<T>&, Tokens<const T, D> x, Tokens<T, D> y, Saved<T>& saved, const Context& context) {
    saved = x;
    infer<T>({}, x, y, context);
  }
  template <class T>
  static void backward(const Params<T>&, const Saved<T>& saved, Tokens<const T, D> dy, Tokens<T, D> dx, Params<T>&, const Context&) {
    for (Index i = 0; i < dy.size(); ++i) dx.data[i] = saved.data[i] > 0 ? dy.data[i] : T(0);
  }
  template <class T>
  static void infer(const typename Relu<D>::template PackedWeights<T>&, Tokens<const T, D> x, Tokens<T, D> y, const Context&) {
    for (Index i = 0; i < x.size(); ++i) y.data[i] = std::max(x.data[i], T(0));
  }
};
using Perceptron = nn::Chain<nn::Named<"expand", nn::Linear<6, 9>>,
                             nn::Chain<Relu<9>, nn::Chain<nn::Named<"middle", nn::Linear<9, 9>>, nn::Chain<Relu<9>, nn::Named<"contract", nn::Linear<9, 6>>>>>>;

/// x + W1 SquaredRelu(W0 LN(x)): the new layer in a residual feed-forward branch.
using Branch =
    nn::Skip<nn::Chain<nn::Named<"norm", nn::LayerNorm<6>>,
                       nn::Chain<nn::Named<"expand", nn::Linear<6, 9>>, nn::Chain<nn::Named<"relu", SquaredRelu<9>>, nn::Named<"contract", nn::Linear<9, 6>>>>>,
             0>;

}  // namespace mine

using namespace adatape;

TEST_CASE("a layer of one's own: gradients and inference, alone and composed") {
  static_assert(Layer<mine::SquaredRelu<5>, float> && Layer<mine::Branch, double>);
  for (const auto& report : {gradcheck::check_layer<mine::SquaredRelu<5>>({{3, 1, 4}, 1}), gradcheck::check_layer<mine::Branch>({{3, 1, 4}, 1}),
                             gradcheck::check_layer<mine::Branch>({{3, 1, 4}, 1}, {.training = true, .branch_drop = 0.3})}) {
    INFO(report.summary());
    CHECK(report.passed());
  }
  CHECK(gradcheck::inference_error<mine::SquaredRelu<5>, double>({{3, 1, 4}, 1}) < 1e-14);
  CHECK(gradcheck::inference_error<mine::Branch, double>({{3, 1, 4}, 1}) < 1e-14);
  CHECK(gradcheck::inference_error<mine::Branch, float>({{3, 1, 4}, 1}) < 1e-5);
}

TEST_CASE("a layer of one's own: trained by AdamW to a given output") {
  const auto target_layer = gradcheck::random_parameters<mine::Branch, float>(7);
  auto parameters = gradcheck::random_parameters<mine::Branch, float>(8);
  train::AdamW<mine::Branch, float> optimizer;
  const gradcheck::RaggedPacking ragged({8, 8}, 8);
  const Packing packing = ragged;
  const auto x = gradcheck::random_values<float>(packing.rows() * 6, 1);
  Arena arena;
  double first = 0, last = 0;
  for (Index step = 0; step < 300; ++step) {
    arena.reset();
    const Context context{.arena = arena, .training = true};
    const auto target = vjp<mine::Branch, float>(target_layer, {x.data(), packing}, context).output();
    const auto product = vjp<mine::Branch, float>(parameters, {x.data(), packing}, context);
    const auto error = take_tokens<6, float>(packing, arena);
    last = 0;
    for (Index i = 0; i < error.size(); ++i) {
      error.data[i] = product.output().data[i] - target.data[i];
      last += 0.5 * static_cast<double>(error.data[i] * error.data[i]);
    }
    if (step == 0) first = last;
    Parameters<mine::Branch, float> gradients;
    product.pullback(error, gradients);
    optimizer.update(parameters, gradients, {}, {step, 0.01});
  }
  CHECK(last < first / 50);
}

TEST_CASE("a layer of one's own: const input, whichever type its functions have for what they read") {
  using mine::Perceptron, mine::SquaredRelu, mine::Relu, mine::ConstRelu;
  const gradcheck::RaggedPacking ragged({3, 1}, 1);
  Arena arena;
  const Context context{.arena = arena};
  const auto run = [&]<class L>(L) {
    const auto x = gradcheck::random_values<double>(4 * L::in, 1), dy = gradcheck::random_values<double>(4 * L::out, 2);
    const auto parameters = gradcheck::random_parameters<L, double>(3);
    Parameters<L, double> gradients, same_gradients;
    const auto product = vjp<L>(parameters, Tokens<const double, L::in>{x.data(), ragged}, context);
    const auto dx = product.pullback({dy.data(), ragged}, gradients);
    auto copy = x;
    const auto same = vjp<L>(parameters, Tokens<double, L::in>{copy.data(), ragged}, context);
    CHECK(same.output().matrix() == product.output().matrix());
    CHECK(same.pullback({dy.data(), ragged}, same_gradients).matrix() == dx.matrix());
    CHECK(std::ranges::equal(gradients.flat(), same_gradients.flat()));
    const auto y = take_tokens<L::out, double>(ragged, arena);
    nn::infer<L, double>(L::pack_weights(*parameters, arena), {x.data(), ragged}, y, context);
    for (Index i = 0; i < y.size(); ++i) CHECK(y.data[i] == doctest::Approx(product.output().data[i]).epsilon(1e-12));
  };
  run(SquaredRelu<6>{});
  run(Relu<6>{});
  run(ConstRelu<6>{});
  run(nn::Skip<nn::Chain<ConstRelu<6>, nn::Named<"relu", ConstRelu<6>>>, 0>{});
  run(nn::Named<"relu", Relu<6>>{});
  run(nn::Skip<Relu<6>, 0>{});
  run(nn::Chain<Relu<6>, Relu<6>>{});
  run(Perceptron{});
}

TEST_CASE("a layer of one's own: without parameters, it takes no room in the tree") {
  static_assert(Layer<mine::Relu<5>, float>);
  CHECK(Parameters<mine::Relu<5>, float>::count == 0);
  CHECK(Parameters<mine::Perceptron, float>::count == 6 * 9 + 9 + 9 * 9 + 9 + 9 * 6 + 6);
  CHECK(Parameters<mine::Perceptron, float>::layout()[2].name() == "middle/kernel");
  for (const auto& report : {gradcheck::check_layer<mine::Relu<5>>({{3, 1, 4}, 1}), gradcheck::check_layer<mine::Perceptron>({{3, 1, 4}, 1})}) {
    INFO(report.summary());
    CHECK(report.passed());
  }
  CHECK(gradcheck::inference_error<mine::Perceptron, double>({{3, 1, 4}, 1}) < 1e-14);
}

TEST_CASE("checks of layers refuse packings and gradients that do not fit") {
  using gradcheck::RaggedPacking;
  CHECK_THROWS_WITH_AS(RaggedPacking({3, 1}, 2), "RaggedPacking: wanted samples of at least 2 tokens, their own, found 1", Error);
  CHECK_THROWS_AS(RaggedPacking({3, -1}, 0), Error);
  CHECK_THROWS_WITH_AS(RaggedPacking({3}, -1), "RaggedPacking: wanted at least 0 own tokens, found -1", Error);
  std::vector<double> values(3);
  gradcheck::GradientCheck check([] { return gradcheck::Evaluation{}; });
  CHECK_THROWS_WITH_AS(check.check("x", values, std::vector<double>(2)), "x: wanted a gradient of 3 values, found 2", Error);
}
