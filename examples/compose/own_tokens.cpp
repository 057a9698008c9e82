/// Sequences of different lengths with a memory of their own: the caller gives each sample its tokens, and a bank of any size that the model reads from.
/// The tokens of a sample ask for a key, each in noise of its own. The memory has rows of a key and a class. The answer is the class of the asked key.
#include <cstdio>

#include "adatape/adatape.hpp"

using namespace adatape;

constexpr int kKey = 8, kClasses = 4;

struct Config : model::ModelDefaults {
  static constexpr model::Input input = model::Input::tokens;
  static constexpr tape::BankType bank_type = tape::BankType::given;
  static constexpr int token_width = kKey, bank_width = kKey + kClasses;  // two dense layers map both to hidden_size
  static constexpr int hidden_size = 32, num_heads = 2, mlp_dim = 64, num_layers = 3, num_classes = kClasses;
  static constexpr int split_tt = 2, tt_mlp_dim = 0, num_tape_tokens = 6;
  static constexpr double threshold = 2;  // k = T / tau: a tape token merges 3 rows of the memory
};
using Model = model::Classifier<Config>;

/// A batch of questions. Equal numbers give equal batches.
struct Questions {
  std::vector<float> tokens, memory;
  std::vector<Index> token_offsets, memory_offsets;
  std::vector<std::int64_t> labels;

  void draw(std::uint64_t number, Index samples) {
    tokens.clear(), memory.clear(), labels.clear();
    token_offsets = memory_offsets = {0};
    for (Index b = 0; b < samples; ++b) {
      const Stream random(number, Purpose::data, 0, static_cast<std::uint64_t>(b));
      std::uint64_t draws = 0;
      const auto below = [&](std::uint64_t end) { return static_cast<Index>(random.below(draws++, end)); };
      const Index length = 1 + below(5), rows = 2 + below(15), asked = below(static_cast<std::uint64_t>(rows));
      const std::size_t first = memory.size();
      for (Index row = 0; row < rows; ++row) {
        for (int i = 0; i < kKey; ++i) memory.push_back(below(2) == 0 ? -1.f : 1.f);
        const Index label = below(kClasses);
        for (int c = 0; c < kClasses; ++c) memory.push_back(c == label ? 1.f : 0.f);
        if (row == asked) labels.push_back(label);
      }
      for (Index t = 0; t < length; ++t)
        for (int i = 0; i < kKey; ++i)
          tokens.push_back(memory[first + static_cast<std::size_t>(asked * (kKey + kClasses) + i)] + 0.3f * static_cast<float>(random.normal(1000 + draws++)));
      token_offsets.push_back(token_offsets.back() + length);
      memory_offsets.push_back(memory_offsets.back() + rows);
    }
  }
  Model::Input<float> input() const { return {{tokens, token_offsets}, {memory, memory_offsets}}; }
};

int main() {
  constexpr Index samples = 128, steps = 600;
  train::Trainer<Model> trainer({.objective = {.loss = ops::LossKind::softmax}, .schedule = {train::Decay::cosine, 3e-3, 100, steps}});
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
