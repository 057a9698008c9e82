#pragma once
/// What a reader keeps between two steps.
#include <span>

#include "adatape/tape/bank.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::tape {

/// A sample that has not halted.
struct ReadingSample {
  Index number;        ///< in the batch
  Index unread;        ///< bank tokens left
  double halting = 0;  ///< sum of the largest weights so far
};

/// The state of a read between two steps.
template <class T>
struct ReadProgress {
  T* scores;                  ///< of every candidate of every reading sample, in the current step
  std::span<ReadingSample> samples;  ///< those that have not halted, in batch order
  char* marks;                ///< of every candidate of every sample, 1: this token was read

  /// The marks [tokens of its bank] of a sample.
  std::span<char> marks_of(const Bank<const T>& bank, Index sample) const {
    return {marks + bank.candidate_begin(sample), static_cast<std::size_t>(bank.size_of(sample))};
  }
  /// The scores [tokens of its bank] of samples[i]. Those of a shared bank are one matrix [reading samples, size].
  std::span<T> scores_of(const Bank<const T>& bank, Index i) const {
    const Index sample = samples[static_cast<std::size_t>(i)].number;
    return {scores + (bank.shared ? i * bank.size : bank.candidate_begin(sample)), static_cast<std::size_t>(bank.size_of(sample))};
  }
};

}  // namespace adatape::tape
