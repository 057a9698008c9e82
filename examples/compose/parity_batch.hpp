#pragma once
/// The task of these examples: is the number of ones in a sequence of 12 symbols -1, 0 and 1 odd? And a small AdaTape that learns it.
#include <vector>

#include "adatape/adatape.hpp"

struct ParityConfig : adatape::model::ModelDefaults {
  static constexpr adatape::model::Input input = adatape::model::Input::whole_sequence;
  static constexpr int seq_len = 12, num_classes = 2, hidden_size = 32, num_heads = 2, mlp_dim = 64, num_layers = 2;
  static constexpr int split_tt = 2, tt_mlp_dim = 0, num_tape_tokens = 6;
  static constexpr double threshold = 3;
};
using ParityModel = adatape::model::Classifier<ParityConfig>;

/// Sequences, whether their number of ones is odd, and that number. Equal numbers of a batch give equal batches. `first` is the position of the first sequence
/// in a larger batch.
struct ParityBatch {
  static constexpr std::size_t size = 12 * 3;  ///< values of a sequence, one-hot
  std::vector<float> input;
  std::vector<std::int64_t> labels, ones;

  explicit ParityBatch(std::size_t samples) : input(samples * size), labels(samples), ones(samples) {}
  void draw(adatape::Index number, std::size_t first = 0) {
    for (std::size_t b = 0; b < labels.size(); ++b) {
      const auto sequence = std::span(input).subspan(b * size, size);
      labels[b] = adatape::data::ParityTask{.length = 12}.sample(static_cast<std::uint64_t>(number), first + b, sequence);
      ones[b] = 0;
      for (std::size_t i = 2; i < size; i += 3) ones[b] += sequence[i] > 0;
    }
  }
};

/// The share of 1000 sequences, which no example trains on, that a model answers rightly. `answers` says what the answers are.
template <class Model>
double accuracy_of(const adatape::Parameters<Model, float>& parameters, std::vector<std::int64_t> ParityBatch::*answers = &ParityBatch::labels) {
  ParityBatch batch(1000);
  batch.draw(1'000'000);
  adatape::Arena workspace;
  const auto output = adatape::model::Engine<Model>(parameters).run(batch.input, workspace);
  double right = 0;
  for (std::size_t b = 0; b < batch.labels.size(); ++b) {
    const float* const logits = output.logits + static_cast<adatape::Index>(b) * output.classes;
    right += std::max_element(logits, logits + output.classes) - logits == (batch.*answers)[b];
  }
  return right / static_cast<double>(batch.labels.size());
}
