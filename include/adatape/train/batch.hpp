#pragma once
/// The samples of a training step.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <span>

#include "adatape/core/arena.hpp"
#include "adatape/core/assert.hpp"
#include "adatape/core/error.hpp"
#include "adatape/train/forward.hpp"
#include "adatape/train/targets.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::train {

/// One batch. Views: the caller keeps the memory alive during the step. Input is the type of the model, Targets that of the objective.
template <class T, class Input, class Targets>
struct Batch {
  Input input{};                                    ///< the samples (core/samples.hpp)
  Targets targets{};                                ///< what the model should answer for each sample
  std::span<const T> weights{};                     ///< [samples], at least 0; a sample of weight 0 is not computed; empty: all weights are 1
  std::span<const std::uint64_t> sample_numbers{};  ///< [samples], of the data set, for the random draws; empty: positions in the batch
  /// In a run of several processes: these are the samples from `first` on of a batch of `whole` samples (Trainer::positions). 0: this is the whole batch.
  Index first = 0, whole = 0;
};

/// A batch in which every weight is positive and every sample has a number. Samples of weight 0 are not computed, so their values cannot change a result.
template <class T, class Input, class Targets>
struct CountedBatch {
  Index samples = 0;                ///< of `batch`
  Batch<T, Input, Targets> batch;   ///< without the samples of weight 0
  Batch<T, Input, Targets> all;     ///< with the samples of weight 0, as it was given
  std::span<const Index> before{};  ///< [samples of `all`, + 1] counted samples in front of each; empty: all are counted

  /// Samples [first, first + count), as views of the same memory.
  Batch<T, Input, Targets> part(Index first, Index count) const {
    ADATAPE_ASSERT(first >= 0 && count >= 0 && first + count <= samples, "CountedBatch::part: wanted samples that the batch has");
    const auto begin = static_cast<std::size_t>(first), size = static_cast<std::size_t>(count);
    return {batch.input.part(first, count), batch.targets.part(first, count, samples),
            batch.weights.empty() ? batch.weights : batch.weights.subspan(begin, size), batch.sample_numbers.subspan(begin, size)};
  }
};

/// The samples whose weight is not 0: a view of `batch`, or of copies in `arena`.
/// Throws Error where a length does not match or a weight is negative or not finite, and std::bad_alloc where there is no memory.
template <class T, class Input, class Targets>
CountedBatch<T, Input, Targets> counted_samples(const Batch<T, Input, Targets>& batch, Arena& arena) {
  const auto samples = static_cast<std::size_t>(batch.input.samples());
  require(batch.weights.empty() || batch.weights.size() == samples, "training batch: wanted ", samples, " weights, found ", batch.weights.size());
  for (const T weight : batch.weights)
    require(weight >= 0 && std::isfinite(weight), "training batch: wanted weights that are finite and not negative, found ", weight);
  require(batch.sample_numbers.empty() || batch.sample_numbers.size() == samples, "training batch: wanted ", samples, " sample numbers, found ",
          batch.sample_numbers.size());
  batch.targets.check_size(static_cast<Index>(samples));
  CountedBatch<T, Input, Targets> counted{static_cast<Index>(samples), batch, batch};
  if (batch.sample_numbers.empty()) {
    const auto numbers = arena.take_span<std::uint64_t>(counted.samples);
    std::iota(numbers.begin(), numbers.end(), static_cast<std::uint64_t>(batch.first));
    counted.batch.sample_numbers = numbers;
  }
  const auto left_out = std::ranges::count(batch.weights, T(0));
  if (left_out == 0) return counted;

  const Index count = counted.samples - left_out;
  const auto choice = arena.take_span<Index>(count);
  const auto before = arena.take_span<Index>(counted.samples + 1);
  std::size_t next = 0;
  for (std::size_t b = 0; b < samples; ++b) {
    before[b] = static_cast<Index>(next);
    if (batch.weights[b] != 0) choice[next++] = static_cast<Index>(b);
  }
  before[samples] = count;
  const auto weights = arena.take_span<T>(count);
  const auto numbers = arena.take_span<std::uint64_t>(count);
  for (std::size_t i = 0; i < choice.size(); ++i) {
    weights[i] = batch.weights[static_cast<std::size_t>(choice[i])];
    numbers[i] = counted.batch.sample_numbers[static_cast<std::size_t>(choice[i])];
  }
  return {count, {batch.input.chosen(choice, arena), batch.targets.chosen(choice, static_cast<Index>(samples), arena), weights, numbers}, batch, before};
}

}  // namespace adatape::train
