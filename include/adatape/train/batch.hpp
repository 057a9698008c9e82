#pragma once
/// What a training step learns from.
#include <algorithm>
#include <cstdint>
#include <numeric>
#include <span>

#include "adatape/core/arena.hpp"
#include "adatape/core/error.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::train {

/// One batch: input [samples, Model::input_size], labels [samples]; mask [samples], 0 leaves a sample out (it is not even computed), empty: all
/// count; sample_numbers are the data set's (for the random draws; empty: positions in the batch).
template <class T>
struct Batch {
  std::span<const T> input;
  std::span<const std::int64_t> labels;
  std::span<const std::int64_t> mask{};
  std::span<const std::uint64_t> sample_numbers{};

  /// Samples [first, first + count) of a batch without a mask.
  Batch part(Index first, Index count) const {
    const auto begin = static_cast<std::size_t>(first), size = static_cast<std::size_t>(count), width = input.size() / labels.size();
    return {input.subspan(begin * width, size * width), labels.subspan(begin, size), {}, sample_numbers.subspan(begin, size)};
  }
};

/// The samples that count, with all their numbers and no mask: masked ones cost nothing and cannot spoil the others, whatever they hold. Views of the batch or
/// of the arena. Throws Error if lengths do not match.
template <class T>
Batch<T> counted_samples(const Batch<T>& batch, Index input_size, Arena& arena) {
  const std::size_t samples = batch.labels.size(), size = static_cast<std::size_t>(input_size);
  require(batch.input.size() == samples * size, "training batch: wanted ", samples, " x ", size, " input values, found ", batch.input.size());
  require(batch.mask.empty() || batch.mask.size() == samples, "training batch: wanted a mask of ", samples, " values, found ", batch.mask.size());
  require(batch.sample_numbers.empty() || batch.sample_numbers.size() == samples, "training batch: wanted ", samples, " sample numbers, found ",
          batch.sample_numbers.size());
  const auto masked = std::ranges::count(batch.mask, 0);
  if (masked == 0 && !batch.sample_numbers.empty()) return {batch.input, batch.labels, {}, batch.sample_numbers};
  const auto count = static_cast<Index>(samples) - masked;
  const auto numbers = arena.take_span<std::uint64_t>(count);
  if (masked == 0) {
    std::iota(numbers.begin(), numbers.end(), std::uint64_t{0});
    return {batch.input, batch.labels, {}, numbers};
  }
  const auto input = arena.take_span<T>(count * input_size);
  const auto labels = arena.take_span<std::int64_t>(count);
  for (std::size_t b = 0, live = 0; b < samples; ++b) {
    if (batch.mask[b] == 0) continue;
    std::ranges::copy(batch.input.subspan(b * size, size), input.subspan(live * size, size).begin());
    labels[live] = batch.labels[b];
    numbers[live++] = batch.sample_numbers.empty() ? b : batch.sample_numbers[b];
  }
  return {input, labels, {}, numbers};
}

}  // namespace adatape::train
