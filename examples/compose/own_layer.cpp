/// A layer of one's own, RMSNorm (Zhang and Sennrich 2019). Its gradients are compared with differences, and its inference with forward. In the blocks of the
/// library's model it learns the parity of 12 symbols. gated_block.hpp has layers without parameters, and more compositions.
#include <cstdio>

#include "adatape/testing/gradient_check.hpp"
#include "adatape/testing/inference_check.hpp"
#include "parity_batch.hpp"

using namespace adatape;
using nn::Chain, nn::Named, nn::Skip;

/// y_j = g_j r x_j with r = 1 / sqrt(mean_j x_j^2 + 1e-6), for each row x of D values. The gains g [D] start at 1.
template <int D>
struct RmsNorm {
  static constexpr int in = D, out = D;
  static constexpr bool infer_may_alias = true;
  template <class T>
  struct Params {
    Tensor<T, D> gain;
    static constexpr auto fields() { return std::tuple(field("gain", &Params::gain, Init::ones())); }
  };
  template <class T>
  using Saved = Tokens<T, D>;  // what backward needs: x
  template <class T>
  using PackedWeights = Params<T>;  // what inference needs: a copy of the gains

  template <class T>
  static void forward(const Params<T>& p, Tokens<T, D> x, Tokens<T, D> y, Saved<T>& saved, const Context& context) {
    saved = x;
    infer(p, x, y, context);
  }
  /// dg_j += sum over rows of dy_j r x_j,  dx_j = r (g_j dy_j - x_j r^2 mean_i g_i dy_i x_i)
  template <class T>
  static void backward(const Params<T>& p, const Saved<T>& saved, Tokens<T, D> dy, Tokens<T, D> dx, Params<T>& dp, const Context&) {
    const Eigen::Map<const Eigen::Array<T, 1, D>> gain(p.gain.data());
    for (Index i = 0; i < dy.rows(); ++i) {
      const auto x = saved.matrix().row(i).array(), d = dy.matrix().row(i).array();
      const T r = 1 / std::sqrt(x.square().mean() + T(1e-6));
      Eigen::Map<Eigen::Array<T, 1, D>>(dp.gain.data()) += d * x * r;
      dx.matrix().row(i).array() = r * (gain * d - x * r * r * (gain * d * x).mean());
    }
  }
  template <class T>
  static PackedWeights<T> pack_weights(const Params<T>& p, Arena&) {
    return p;
  }
  template <class T>
  static void infer(const PackedWeights<T>& p, Tokens<T, D> x, Tokens<T, D> y, const Context&) {
    for (Index i = 0; i < x.rows(); ++i) {
      const T r = 1 / std::sqrt(x.matrix().row(i).squaredNorm() / D + T(1e-6));
      for (int j = 0; j < D; ++j) y.row(i)[j] = p.gain.data()[j] * r * x.row(i)[j];
    }
  }
};

struct OwnConfig : ParityConfig {
  template <nn::BlockSizes size>
  using Block = Chain<Named<"attention", Skip<Chain<Named<"norm", RmsNorm<size.D>>, nn::Attention<size.D, size.heads>>, 0>>,
                      Named<"ffn", Skip<Chain<Named<"norm", RmsNorm<size.D>>, nn::Mlp<size.D, size.mlp_dim>>, 1>>>;
  static constexpr std::string_view own_layers = "RMSNorm";
};

int main() {
  const auto gradients = gradcheck::check_layer<RmsNorm<6>>({{3, 1, 5}, 1});
  const double inference = gradcheck::inference_error<RmsNorm<6>, float>({{3, 1, 5}, 1});
  std::printf("layer: gradients in double, %s\nlayer: inference in float, largest error %.1e\n", gradients.summary().c_str(), inference);
  constexpr Index steps = 500;
  train::Trainer<model::Classifier<OwnConfig>> trainer({.schedule = {train::Decay::cosine, 3e-3, 100, steps}});
  ParityBatch batch(64);
  for (Index step = 0; step < steps; ++step) {
    batch.draw(step);
    const auto report = trainer.step({batch.input, batch.labels});
    if (step % 125 == 124) std::printf("step %td: loss %.3f, %td of %td right\n", step + 1, report.loss, report.correct, report.counted);
  }
  const double accuracy = accuracy_of(trainer.parameters());  // with an Engine
  std::printf("model with RMSNorm in its blocks: accuracy %.1f %%\n", 100 * accuracy);
  return gradients.passed() && inference < 1e-5 && accuracy > 0.9 ? 0 : 1;
}
