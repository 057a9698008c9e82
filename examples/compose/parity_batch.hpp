#pragma once
/// The task of these examples: is the number of ones in a sequence of 12 symbols -1, 0 and 1 odd? And a small AdaTape that learns it.
#include <vector>

#include "adatape/adatape.hpp"

struct ParityConfig : adatape::model::ModelDefaults {
  static constexpr adatape::model::Input input = adatape::model::Input::sequence;
  static constexpr int seq_len = 12, num_classes = 2, hidden_size = 32, num_heads = 2, mlp_dim = 64, num_layers = 2;
  static constexpr int split_tt = 2, tt_mlp_dim = 0, num_tape_tokens = 6;
  static constexpr double threshold = 3;
};
using ParityModel = adatape::model::Classifier<ParityConfig>;

/// Sequences and their labels. Equal numbers give equal batches.
struct ParityBatch {
  std::vector<float> input;
  std::vector<std::int64_t> labels;

  explicit ParityBatch(std::size_t samples) : input(samples * 12 * 3), labels(samples) {}
  void draw(adatape::Index number) {
    for (std::size_t b = 0; b < labels.size(); ++b)
      labels[b] = adatape::data::ParityTask{.length = 12}.sample(static_cast<std::uint64_t>(number), b, std::span(input).subspan(b * 12 * 3, 12 * 3));
  }
};

/// The share of 1000 sequences, which no example trains on, that a model answers rightly.
template <class Model>
double accuracy_of(const adatape::Parameters<Model, float>& parameters) {
  ParityBatch batch(1000);
  batch.draw(1'000'000);
  adatape::Arena workspace;
  const auto output = adatape::model::Engine<Model>(parameters).run(batch.input, workspace);
  double right = 0;
  for (std::size_t b = 0; b < batch.labels.size(); ++b) {
    const float* const logits = output.logits + 2 * b;
    right += (logits[1] > logits[0]) == (batch.labels[b] == 1);
  }
  return right / static_cast<double>(batch.labels.size());
}
