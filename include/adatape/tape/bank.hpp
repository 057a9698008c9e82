#pragma once
/// The candidate tokens of a read.
#include <span>
#include <type_traits>

#include "adatape/core/types.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::tape {

/// Candidate tokens before normalisation: [size, D] shared by all samples (learned bank), [samples, size, D] (input bank), or a number a sample (given bank).
/// A view: who made the tokens and offsets keeps them alive.
template <class T>
struct Bank {
  T* tokens = nullptr;               ///< [rows(samples), width of a bank token]
  Index size = 0;                    ///< tokens of a sample's bank; of a given bank, of the largest one
  bool shared = true;                ///< whether all samples read from one bank
  std::span<const Index> offsets{};  ///< samples + 1 offsets of a given bank, starting at 0: sample b has tokens [offsets[b], offsets[b + 1])

  /// Rows of the banks of a batch of that many samples.
  Index rows(Index samples) const { return shared ? size : offsets.empty() ? samples * size : offsets.back(); }
  /// The row of bank token number `token` of sample number `sample`.
  Index row(Index sample, Index token) const {
    return (shared ? 0 : offsets.empty() ? sample * size : offsets[static_cast<std::size_t>(sample)]) + token;
  }
  /// Where the candidates of a sample begin in an array that has one value for every candidate of every sample, candidate_begin(samples) in all.
  Index candidate_begin(Index sample) const { return shared ? sample * size : row(sample, 0); }
  /// The tokens of the bank of a sample.
  Index size_of(Index sample) const { return offsets.empty() ? size : row(sample + 1, 0) - row(sample, 0); }
  /// The same bank, whose tokens cannot be changed.
  operator Bank<const T>() const  // NOLINT(google-explicit-constructor)
    requires(!std::is_const_v<T>)
  {
    return {tokens, size, shared, offsets};
  }
};

}  // namespace adatape::tape
