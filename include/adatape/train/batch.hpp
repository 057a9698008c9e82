#pragma once
/// The samples of a training step.
#include <algorithm>
#include <cstdint>
#include <numeric>
#include <span>

#include "adatape/core/arena.hpp"
#include "adatape/core/assert.hpp"
#include "adatape/core/error.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::train {

/// One batch. Views: the caller keeps the memory alive during the step.
template <class T>
struct Batch {
  std::span<const T> input;                         ///< [samples, Model::input_size], already normalised
  std::span<const std::int64_t> labels;             ///< [samples], each from 0 to classes - 1
  std::span<const std::int64_t> mask{};             ///< [samples]; a sample with 0 is left out and not computed; empty: all samples count
  std::span<const std::uint64_t> sample_numbers{};  ///< [samples], of the data set, for the random draws; empty: positions in the batch

  /// Samples [first, first + count), as views of the same memory. Preconditions: the batch has samples, no mask, and sample_numbers.
  Batch part(Index first, Index count) const {
    ADATAPE_ASSERT(!labels.empty() && mask.empty() && sample_numbers.size() == labels.size(), "Batch::part: wanted samples with numbers and no mask");
    ADATAPE_ASSERT(first >= 0 && count >= 0 && first + count <= std::ssize(labels), "Batch::part: wanted samples that the batch has");
    const auto begin = static_cast<std::size_t>(first), size = static_cast<std::size_t>(count), width = input.size() / labels.size();
    return {input.subspan(begin * width, size * width), labels.subspan(begin, size), {}, sample_numbers.subspan(begin, size)};
  }
};

/// The samples that count, with sample_numbers and without a mask. Samples that do not count are not computed, so their values cannot change a result. The
/// result is a view of `batch`, or of copies in `arena`. Throws Error where lengths do not match, and std::bad_alloc where there is no memory.
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
