/// A model with several outputs, and an objective for it: a perceptron with two heads, trained by Trainer and run by Engine.
/// Of a sequence of 12 symbols -1, 0 and 1 it tells which symbol is the most frequent one and how many ones there are.
#include <cstdio>

#include "adatape/adatape.hpp"

using namespace adatape;

constexpr int kLength = 12, kWidth = 64, kSymbols = 3, kCounts = kLength + 1;

struct TwoHeads {
  static constexpr int input_size = kLength * kSymbols, own_tokens = 1, D = kWidth;  // each sample is one token
  template <class T>
  using Input = DenseSamples<T, input_size>;

  using Trunk = nn::Named<"trunk", nn::Chain<nn::Linear<input_size, kWidth>, nn::Skip<nn::Chain<nn::LayerNorm<kWidth>, nn::Mlp<kWidth, 2 * kWidth>>, 0>>>;
  using Symbol = nn::Named<"symbol", nn::Linear<kWidth, kSymbols>>;
  using Count = nn::Named<"count", nn::Linear<kWidth, kCounts>>;

  template <class T>
  struct Params {
    typename Trunk::template Params<T> trunk;
    typename Symbol::template Params<T> symbol;
    typename Count::template Params<T> count;
    static constexpr auto fields() { return std::tuple(field("", &Params::trunk), field("", &Params::symbol), field("", &Params::count)); }
  };
  template <class T>
  struct Saved {
    typename Trunk::template Saved<T> trunk;
    typename Symbol::template Saved<T> symbol;
    typename Count::template Saved<T> count;
  };
  template <class T>
  struct PackedWeights {
    typename Trunk::template PackedWeights<T> trunk;
    typename Symbol::template PackedWeights<T> symbol;
    typename Count::template PackedWeights<T> count;
  };
  template <class T>
  struct Heads {
    Tokens<T, kSymbols> symbol;
    Tokens<T, kCounts> count;
  };
  template <class T>
  struct Output : Heads<T> {
    using Gradient = Heads<T>;
    Index samples = 0;
    void place(const Output& part, Index first) {
      std::copy_n(part.symbol.data, part.symbol.size(), this->symbol.row(first));
      std::copy_n(part.count.data, part.count.size(), this->count.row(first));
    }
  };

  template <class T>
  static Output<T> start_output(const Input<T>& input, const Settings&, Arena& arena) {
    const Packing packing = uniform_packing(input.samples(), 1, arena);
    return {{take_tokens<kSymbols, T>(packing, arena), take_tokens<kCounts, T>(packing, arena)}, input.samples()};
  }
  template <class T>
  static Output<T> forward(const Params<T>& p, const Input<T>& input, Saved<T>& saved, const Context& context) {
    const auto output = start_output(input, context.settings, context.arena);
    const Tokens<const T, input_size> x{input.data(), output.symbol.packing};
    const auto y = take_tokens<kWidth, T>(x.packing, context.arena);
    Trunk::forward(p.trunk, x, y, saved.trunk, context);
    Symbol::forward(p.symbol, y, output.symbol, saved.symbol, context);
    Count::forward(p.count, y, output.count, saved.count, context);
    return output;
  }
  template <class T>
  static void backward(const Params<T>& p, const Saved<T>& saved, const Heads<T>& gradient, Params<T>& dp, T* dinput, const Context& context) {
    const Packing packing = gradient.symbol.packing;
    const auto dy = take_tokens<kWidth, T>(packing, context.arena), other = take_tokens<kWidth, T>(packing, context.arena);
    const auto dx = take_tokens<input_size, T>(packing, context.arena);
    Symbol::backward(p.symbol, saved.symbol, gradient.symbol, dy, dp.symbol, context);
    Count::backward(p.count, saved.count, gradient.count, other, dp.count, context);
    ops::add(other.data, other.size(), dy.data);
    Trunk::backward(p.trunk, saved.trunk, dy, dx, dp.trunk, context);
    if (dinput) ops::add(dx.data, dx.size(), dinput);
  }
  template <class T>
  static PackedWeights<T> pack_weights(const Params<T>& p, Arena& arena) {
    return {Trunk::pack_weights(p.trunk, arena), Symbol::pack_weights(p.symbol, arena), Count::pack_weights(p.count, arena)};
  }
  template <class T>
  static Output<T> infer(const PackedWeights<T>& p, const Input<T>& input, const Context& context) {
    const auto output = start_output(input, context.settings, context.arena);
    const Tokens<const T, input_size> x{input.data(), output.symbol.packing};
    const auto y = take_tokens<kWidth, T>(x.packing, context.arena);
    nn::infer<Trunk, T>(p.trunk, x, y, context);
    nn::infer<Symbol, T>(p.symbol, y, output.symbol, context);
    nn::infer<Count, T>(p.count, y, output.count, context);
    return output;
  }
};

#include "two_heads_objective.hpp"

int main() {
  constexpr Index samples = 128, steps = 800;
  std::vector<float> input(samples * TwoHeads::input_size);
  std::vector<std::int64_t> labels(2 * samples);
  const auto draw = [&](std::uint64_t step) {
    for (Index b = 0; b < samples; ++b) {
      const auto sequence = std::span(input).subspan(static_cast<std::size_t>(b * TwoHeads::input_size), TwoHeads::input_size);
      data::ParityTask{.length = kLength}.sample(step, static_cast<std::uint64_t>(b), sequence);
      int counts[kSymbols] = {};
      for (int i = 0; i < TwoHeads::input_size; ++i) counts[i % kSymbols] += sequence[static_cast<std::size_t>(i)] > 0;
      labels[static_cast<std::size_t>(2 * b)] = std::max_element(counts, counts + kSymbols) - counts;
      labels[static_cast<std::size_t>(2 * b + 1)] = counts[2];
    }
  };
  train::Trainer<TwoHeads, float, TwoLabels> trainer({.schedule = {train::Decay::cosine, 1e-2, 50, steps}});
  for (Index step = 0; step < steps; ++step) {
    draw(static_cast<std::uint64_t>(step));
    const auto report = trainer.step({input, std::span<const std::int64_t>(labels)});
    if (step % 200 == 199) std::printf("step %td: loss %.3f, %td of %td right\n", step + 1, report.loss, report.correct, samples);
  }
  draw(steps);  // sequences that training has not seen
  const model::Engine<TwoHeads> engine(trainer.parameters());
  Arena workspace;
  const auto output = engine.run(input, workspace);
  Index right = 0;
  for (Index b = 0; b < samples; ++b)
    right += largest(output.symbol.row(b), kSymbols) == labels[static_cast<std::size_t>(2 * b)] &&
             largest(output.count.row(b), kCounts) == labels[static_cast<std::size_t>(2 * b + 1)];
  std::printf("test: both answers right for %td of %td\n", right, samples);
  return right > samples * 9 / 10 ? 0 : 1;
}
