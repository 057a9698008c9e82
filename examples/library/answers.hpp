#pragma once
/// What a caller of the C interface wants to know of a batch: kept until all of it is there, then written.
#include <algorithm>
#include <vector>

#include "../common/compiled_model.hpp"
#include "adatape.h"

namespace adatape::examples {

/// The sizes that the arrays of adatape_answers are made of.
struct AnswerSizes {
  Index samples = 0, classes = 0, reads = 0, tape_tokens = 0, tokens_per_step = 0;

  Index longest() const { return reads * tape_tokens; }
};

/// One array of the caller: `count` elements for each sample. Nothing is kept where the caller does not want it.
template <class T>
class WantedArray {
 public:
  /// Throws Error unless the caller's array has as many elements, or is null. Throws std::bad_alloc where there is no memory.
  WantedArray(T* to, std::size_t room, Index samples, Index count, T empty, const char* name) : to_(to), count_(count) {
    if (to == nullptr) return;
    const Index elements = samples * count;
    require(room == static_cast<std::size_t>(elements), "answers: ", name, ": wanted ", elements, " elements, found ", room);
    values_.assign(static_cast<std::size_t>(elements), empty);
  }
  bool wanted() const { return to_ != nullptr; }
  T* of_sample(Index i) { return values_.data() + i * count_; }
  /// Writes what the caller wants, which may be nothing.
  void write() const { std::ranges::copy(values_, to_); }

 private:
  T* to_;
  Index count_;
  std::vector<T> values_;
};

/// The answers of a batch.
class Answers {
 public:
  /// Throws Error unless every array that is wanted has the sizes that adatape.h states. Throws std::bad_alloc where there is no memory.
  Answers(const AnswerSizes& sizes, const adatape_answers& to)
      : sizes_(sizes),
        logits_(to.logits, to.logits_count, sizes.samples, sizes.classes, 0, "logits"),
        tape_length_(to.tape_length, to.tape_length_count, sizes.samples, sizes.reads, 0, "tape_length"),
        indices_(to.indices, to.indices_count, sizes.samples, sizes.longest() * sizes.tokens_per_step, -1, "indices"),
        weights_(to.weights, to.weights_count, sizes.samples, sizes.longest() * sizes.tokens_per_step, 0, "weights"),
        steps_(to.steps, to.steps_count, sizes.samples, 1, 0, "steps"),
        macs_(to.macs, to.macs_count, sizes.samples, 1, 0, "macs") {}

  /// Keeps the result of sample i. Called from several threads at once, for different samples.
  void keep(Index i, const SampleResult& result) {
    if (logits_.wanted()) std::copy_n(result.logits.data(), sizes_.classes, logits_.of_sample(i));
    if (tape_length_.wanted()) std::ranges::copy(result.read_lengths, tape_length_.of_sample(i));
    for (std::size_t n = 0; n < result.tape.size(); ++n) {
      const auto at = static_cast<Index>(n) * sizes_.tokens_per_step;
      if (indices_.wanted()) std::ranges::copy(result.tape[n].bank, indices_.of_sample(i) + at);
      if (weights_.wanted())
        std::ranges::transform(result.tape[n].weights, weights_.of_sample(i) + at, [](double weight) { return static_cast<float>(weight); });
    }
    if (steps_.wanted() && sizes_.reads == 0) *steps_.of_sample(i) = result.length;
    if (macs_.wanted()) *macs_.of_sample(i) = result.macs;
  }
  /// Writes all that is wanted to the caller.
  void write() const {
    logits_.write();
    tape_length_.write();
    indices_.write();
    weights_.write();
    steps_.write();
    macs_.write();
  }

 private:
  AnswerSizes sizes_;
  WantedArray<float> logits_;
  WantedArray<std::int64_t> tape_length_, indices_;
  WantedArray<float> weights_;
  WantedArray<std::int64_t> steps_;
  WantedArray<double> macs_;
};

}  // namespace adatape::examples
