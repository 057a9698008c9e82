/// Sequences of different lengths with a memory of their own: the caller gives each sample its tokens, and a bank of any size that the model reads from.
/// questions.hpp has the task.
#include <cstdio>

#include "questions.hpp"

using namespace adatape;

struct Config : model::ModelDefaults {
  static constexpr model::Input input = model::Input::tokens;
  static constexpr tape::BankType bank_type = tape::BankType::given;
  static constexpr int token_width = kKey, bank_width = kKey + kClasses;  // two dense layers map both to hidden_size
  static constexpr int hidden_size = 32, num_heads = 2, mlp_dim = 64, num_layers = 3, num_classes = kClasses;
  static constexpr int split_tt = 2, tt_mlp_dim = 0, num_tape_tokens = 6;
  static constexpr double threshold = 2;  // k = T / tau: a tape token merges 3 rows of the memory
};
using Model = model::Classifier<Config>;

int main() {
  constexpr Index samples = 128, steps = 600;
  train::Trainer<Model> trainer({.schedule = {train::Decay::cosine, 3e-3, 100, steps}});
  Questions questions;
  for (Index step = 0; step < steps; ++step) {
    questions.draw(static_cast<std::uint64_t>(step), samples);
    const auto report = trainer.step({questions.input(), questions.labels});
    if (step % 150 == 149)
      std::printf("step %td: loss %.3f, %td of %td right, %.1f tape tokens\n", step + 1, report.loss, report.correct, report.counted, report.mean_tape_length);
  }
  questions.draw(1'000'000, 1000);
  Arena workspace;
  const auto output = model::Engine<Model>(trainer.parameters()).run(questions.input(), workspace);
  Index right = 0;
  double macs[2] = {}, count[2] = {};  // of samples with a small and with a large memory
  for (Index b = 0; b < output.samples; ++b) {
    Index best = 0;
    output.logits_matrix().row(b).maxCoeff(&best);
    right += best == questions.labels[static_cast<std::size_t>(b)];
    const bool large = output.bank_length[static_cast<std::size_t>(b)] > 8;
    macs[large] += output.macs(b);
    ++count[large];
  }
  std::printf("test: %td of 1000 right; multiply-accumulates a sample: %.0f with 2 to 8 rows of memory, %.0f with 9 to 16\n", right, macs[0] / count[0],
              macs[1] / count[1]);
  return right > 900 && macs[0] / count[0] < macs[1] / count[1] ? 0 : 1;
}
