/// The library's model with an encoder block of one's own: RMSNorm, LayerScale and a gated FFN. The block's gradients are compared with differences, then the
/// model learns the parity of 12 symbols. It reads tape, and is trained and run as every model of the library is.
#include <cstdio>

#include "adatape/testing/gradient_check.hpp"
#include "adatape/testing/inference_check.hpp"
#include "gated_block.hpp"
#include "parity_batch.hpp"

using namespace adatape;

struct OwnConfig : ParityConfig {
  template <nn::BlockSizes size>
  using Block = mine::GatedBlock<size>;
  template <int D>
  using Norm = mine::RmsNorm<D>;
  static constexpr std::string_view own_layers = "RMSNorm, LayerScale, SwiGLU";
};
using OwnModel = model::Classifier<OwnConfig>;

int main() {
  using Small = mine::GatedBlock<nn::BlockSizes{.D = 6, .heads = 2, .mlp_dim = 5}>;
  const auto gradients = gradcheck::check_layer<Small>({{3, 1, 5}, 1});
  const double inference = gradcheck::inference_error<Small, float>({{3, 1, 5}, 1});
  std::printf("block: gradients in double, %s\nblock: inference in float, largest error %.1e\n", gradients.summary().c_str(), inference);

  constexpr Index steps = 800;
  train::Trainer<OwnModel> trainer({.schedule = {train::Decay::cosine, 5e-3, 100, steps}, .clip_norm = 1});
  ParityBatch batch(64);
  for (Index step = 0; step < steps; ++step) {
    batch.draw(step);
    const auto report = trainer.step({batch.input, batch.labels});
    if (step % 200 == 199) std::printf("step %td: loss %.3f, %td of %td right\n", step + 1, report.loss, report.correct, report.counted);
  }
  const double accuracy = accuracy_of(trainer.parameters());  // with an Engine
  std::printf("model with %s: accuracy %.1f %%\n", std::string(OwnConfig::own_layers).c_str(), 100 * accuracy);
  return gradients.passed() && inference < 1e-5 && accuracy > 0.9 ? 0 : 1;
}
