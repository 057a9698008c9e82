/// A model of one's own: a residual perceptron made of layers of the library. Trainer trains it with the library's cross-entropy, and Engine runs it.
/// It learns to count the ones in sequences of 12 symbols -1, 0 and 1.
#include <cstdio>

#include "parity_batch.hpp"

using namespace adatape;
using nn::Chain, nn::Named, nn::Skip;

constexpr int kValues = ParityBatch::size, kWidth = 64, kClasses = 13;
using Branch = Chain<Named<"norm", nn::LayerNorm<kWidth>>, Named<"ffn", nn::Mlp<kWidth, 2 * kWidth>>>;
using Layers = Chain<Named<"embedding", nn::Linear<kValues, kWidth>>, Chain<Skip<Branch, 0>, Named<"head", nn::Linear<kWidth, kClasses>>>>;

/// Params, PackedWeights and pack_weights are those of the layers. A sample is one token, so the rows of the last layer are the logits.
struct Perceptron : Layers {
  static constexpr int own_tokens = 1, D = kWidth;
  template <class T>
  using Input = DenseSamples<T, kValues>;
  template <class T>
  struct Saved : Layers::Saved<T> {
    Packing packing;
  };
  template <class T>
  struct Output {
    using Gradient = model::OutputGradient<T>;
    static constexpr Index classes = kClasses;
    Index samples = 0;
    T* logits = nullptr;
    void place(const Output& part, Index first) { std::copy_n(part.logits, part.samples * classes, logits + first * classes); }
  };

  template <class T>
  static Output<T> start_output(const Input<T>& input, const Settings&, Arena& arena) {
    return {input.samples(), arena.take<T>(input.samples() * kClasses)};
  }
  template <class T>
  static Output<T> forward(const Params<T>& p, const Input<T>& input, Saved<T>& saved, const Context& context) {
    const auto output = start_output(input, context.settings, context.arena);
    saved.packing = uniform_packing(input.samples(), 1, context.arena);
    Layers::forward<T>(p, {input.data(), saved.packing}, {output.logits, saved.packing}, saved, context);
    return output;
  }
  template <class T>
  static void backward(const Params<T>& p, const Saved<T>& saved, const model::OutputGradient<T>& gradient, Params<T>& dp, T* dinput, const Context& context) {
    const auto dx = take_tokens<kValues, T>(saved.packing, context.arena);
    Layers::backward<T>(p, saved, {gradient.dlogits, saved.packing}, dx, dp, context);
    if (dinput) ops::add(dx.data, dx.size(), dinput);
  }
  template <class T>
  static Output<T> infer(const PackedWeights<T>& p, const Input<T>& input, const Context& context) {
    const auto output = start_output(input, context.settings, context.arena);
    const Packing packing = uniform_packing(input.samples(), 1, context.arena);
    nn::infer<Layers, T>(p, {input.data(), packing}, {output.logits, packing}, context);
    return output;
  }
};

int main() {
  constexpr Index steps = 400;
  train::Trainer<Perceptron> trainer({.schedule = {train::Decay::cosine, 1e-2, 50, steps}});
  ParityBatch batch(128);
  for (Index step = 0; step < steps; ++step) {
    batch.draw(step);
    const auto report = trainer.step({batch.input, batch.ones});
    if (step % 100 == 99) std::printf("step %td: loss %.3f, %td of %td right\n", step + 1, report.loss, report.correct, report.counted);
  }
  const double accuracy = accuracy_of(trainer.parameters(), &ParityBatch::ones);  // with an Engine
  std::printf("perceptron of %td parameters: the number of ones is right for %.1f %% of unseen sequences\n", Parameters<Perceptron, float>::count,
              100 * accuracy);
  return accuracy > 0.9 ? 0 : 1;
}
