#pragma once
/// Counter-based random numbers. Every draw is a function of (seed, purpose, site, step, sample, index). So no draw depends on the number of threads, on the
/// order of a batch or on what was drawn before, and a run resumes exactly from its step number.
#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <span>
#include <utility>

#include "adatape/core/philox.hpp"
#include "adatape/core/types.hpp"

namespace adatape::inline ADATAPE_NAMESPACE {

/// What a stream is drawn for. Streams of different purposes are independent.
enum class Purpose : std::uint8_t { initialise, shuffle, dropout, stochastic_depth, query_noise, bernoulli_mask, data, augmentation, halting };

/// A stream of Philox4x32-10 words (core/philox.hpp). A stream has no state: draw number `index` may be asked for at any time, in any order.
/// block, bits, uniform, below and normal read the same words, so draws of different functions are independent only where their words differ.
class Stream {
 public:
  /// `site` tells apart places that draw for the same purpose (layers, tensors). `step` is the training step or epoch, `sample` the number of the sample in
  /// the data set. The low 32 bits of step and sample, and the low 28 bits of site, are used.
  Stream(std::uint64_t seed, Purpose purpose, std::uint64_t step = 0, std::uint64_t sample = 0, std::uint32_t site = 0)
      : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
        sample_(static_cast<std::uint32_t>(sample)),
        step_(static_cast<std::uint32_t>(step)),
        place_(static_cast<std::uint32_t>(purpose) | (site << 4)) {}

  /// Words 4 * block .. 4 * block + 3 of the stream.
  std::array<std::uint32_t, 4> block(std::uint32_t block) const { return philox_words({block, sample_, step_, place_}, key_); }

  /// 32 uniform bits: word `index` of the stream, index < 2^34.
  std::uint32_t bits(std::uint64_t index) const { return block(static_cast<std::uint32_t>(index / 4))[index % 4]; }

  /// Uniform in the open interval (0, 1), from word `index`.
  double uniform(std::uint64_t index) const { return to_uniform(bits(index)); }

  /// Uniform over 0 to bound - 1, for 1 <= bound <= 2^32: floor(64 random bits * bound / 2^64), from block `index` < 2^32. The bias is below 2^-32.
  std::uint64_t below(std::uint64_t index, std::uint64_t bound) const {
    const auto words = block(static_cast<std::uint32_t>(index));
    return (words[0] * bound + ((words[1] * bound) >> 32)) >> 32;
  }

  /// Standard normal (Box and Muller 1958): sqrt(-2 log u) cos(2 pi v), from two words of block index / 2.
  double normal(std::uint64_t index) const {
    const auto words = block(static_cast<std::uint32_t>(index / 2));
    const std::size_t first = 2 * (index % 2);
    const double radius = std::sqrt(-2 * std::log(to_uniform(words[first])));
    return radius * std::cos(2 * std::numbers::pi * to_uniform(words[first + 1]));
  }

  /// (word + 1/2) / 2^32
  static double to_uniform(std::uint32_t word) { return (static_cast<double>(word) + 0.5) * 0x1p-32; }

 private:
  PhiloxKey key_;
  std::uint32_t sample_, step_, place_;
};

/// Draws of a stream one after the other, for code whose number of draws depends on what is drawn. Each draw takes the next block of the stream. So the draws
/// are a function of the stream alone. A copy goes on from where the original is.
class Draws {
 public:
  /// Begins at block 0 of the stream.
  explicit Draws(const Stream& stream) : stream_(stream) {}
  /// Uniform in the open interval (0, 1).
  double uniform() { return stream_.uniform(4 * next_++); }
  /// Uniform in the open interval (low, high).
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  /// Uniform over 0 to bound - 1, for 1 <= bound <= 2^32.
  std::uint64_t below(std::uint64_t bound) { return stream_.below(next_++, bound); }
  /// Standard normal.
  double normal() { return stream_.normal(2 * next_++); }

 private:
  Stream stream_;
  std::uint64_t next_ = 0;
};

/// Fisher-Yates shuffle in place, of at most 2^32 elements.
template <class Element>
void shuffle(std::span<Element> elements, const Stream& stream) {
  for (std::size_t i = elements.size(); i > 1; --i) std::swap(elements[i - 1], elements[stream.below(i, i)]);
}

}  // namespace adatape
