#pragma once
/// The parity task (Graves 2016): is the number of ones in a sequence of -1, 0 and 1 odd?
#include <cstdint>
#include <span>

#include "adatape/core/error.hpp"
#include "adatape/core/random.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::data {

/// An unlimited number of samples. Each is a function of (seed, set, step, number) alone: batch, threads and earlier draws do not change it.
struct ParityTask {
  static constexpr Index kSymbols = 3;  ///< -1, 0 and 1, in the order of the one-hot axis

  Index length = 32;       ///< symbols in a sequence
  std::uint64_t seed = 0;  ///< of the random symbols
  std::uint32_t set = 0;   ///< number of a set; different sets are drawn independently, such as 0 for training and 1 for tests
  Index random = 0;        ///< so many symbols at the beginning are random, and the others are 0; 0: all are random

  /// Writes sample `number` of `step` to one_hot [length, 3]. Returns its label, 0 or 1: the number of symbols equal to 1, mod 2. Throws Error unless length is
  /// at least 1, random lies in [0, length], and one_hot has length * 3 values.
  template <class T>
  int sample(std::uint64_t step, std::uint64_t number, std::span<T> one_hot) const {
    require(length > 0, "parity: wanted a length of at least 1, found ", length);
    require(random >= 0 && random <= length, "parity: wanted 0 to ", length, " random symbols, found ", random);
    require(std::ssize(one_hot) == length * kSymbols, "parity: wanted room for [", length, ", 3] values, found ", one_hot.size());
    const Stream stream(seed, Purpose::data, step, number, set);
    int label = 0;
    for (Index position = 0; position < length; ++position) {
      const bool is_random = random == 0 || position < random;
      const auto symbol = is_random ? static_cast<Index>(stream.below(static_cast<std::uint64_t>(position), kSymbols)) : 1;
      for (Index s = 0; s < kSymbols; ++s) one_hot[static_cast<std::size_t>(position * kSymbols + s)] = s == symbol ? T(1) : T(0);
      label ^= symbol == 2 ? 1 : 0;
    }
    return label;
  }
};

}  // namespace adatape::data
