#pragma once
/// A reader, its tokens and its bank, for gradient checks and limits.
#include "adatape/tape/reader_backward.hpp"
#include "gradient_check.hpp"

namespace adatape::testing {

struct ReaderOptions : tape::ReaderDefaults {
  static constexpr int hidden_size = 12, split_tt = 3, num_tape_tokens = 5;
  static constexpr double threshold = 1.4;
};

/// What a read chose, as numbers that can be compared.
template <class T>
void add_choices(const tape::ReadTrace<T>& trace, std::vector<Index>& choices) {
  choices.insert(choices.end(), trace.length.begin(), trace.length.end());
  choices.insert(choices.end(), trace.indices.begin(), trace.indices.end());
}

/// Three samples of unequal length that read from a bank of `bank_size` tokens.
template <class Options>
struct ReaderProblem {
  using Reader = tape::Reader<Options>;
  static constexpr int D = Options::hidden_size;

  /// The same parameters as a layer's.
  Parameters<nn::LayerNorm<D>, double> norm = random_parameters<nn::LayerNorm<D>, double>(3);
  RaggedPacking packing{{3, 1, 4}, 1};
  Index samples = 3, bank_size;
  bool shared;
  std::vector<double> x, bank;
  Situation situation{};
  Arena arena;
  typename Reader::template Saved<double> saved;

  ReaderProblem(Index size, bool learned) : bank_size(size), shared(learned) {
    x = random_values<double>(Packing(packing).rows() * D, 1);
    bank = random_values<double>((shared ? 1 : samples) * size * D, 2);
  }
  Tokens<double, D> tokens() { return {x.data(), packing}; }
  Tokens<double, D> read() {
    arena.reset();
    const auto normalised = Reader::template normalise<double>({bank.data(), bank_size, shared}, samples, norm->scale.data(), norm->bias.data(), arena);
    return Reader::forward(normalised, tokens(), saved, make_context(arena, situation));
  }

  void check_gradients() {
    const auto tape_weights = random_values<double>(samples * Reader::num_tape_tokens * D, 4), ponder_weights = random_values<double>(samples, 5);
    GradientCheck check([&] {
      const auto tape = read();
      Evaluation result;
      for (Index b = 0; b < samples; ++b) {
        const auto live = static_cast<std::size_t>(saved.trace.length[static_cast<std::size_t>(b)] * D);
        const Index first = b * Reader::num_tape_tokens * D;
        result.value += weighted_sum(tape.row(tape.packing.begin(b)), std::span(tape_weights).subspan(static_cast<std::size_t>(first), live));
        result.value += ponder_weights[static_cast<std::size_t>(b)] * saved.trace.ponder[static_cast<std::size_t>(b)];
      }
      add_choices(saved.trace, result.choices);
      return result;
    });
    Parameters<nn::LayerNorm<D>, double> gradients;
    std::vector<double> dx(x.size(), 0.0), dbank(bank.size(), 0.0);
    read();
    const auto dtape_of = [&](Index b) { return tape_weights.data() + b * Reader::num_tape_tokens * D; };
    tape::ReaderBackward<Options>::add_gradients(*norm, saved, dtape_of, ponder_weights.data(), Tokens<double, D>{dx.data(), packing}, dbank.data(), *gradients,
                                                 make_context(arena, situation));
    check.check(norm, gradients);
    check.check("tokens", x, dx);
    check.check("bank", bank, dbank);
    check.finish();
  }
};

}  // namespace adatape::testing
