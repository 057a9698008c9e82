#pragma once
/// What the keys of a memory are: bits, or pictures.
#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "adatape/core/types.hpp"

namespace adatape::examples {

/// A set of keys for training and one for tests. A key has kValues values, of deviation 1.
class RecallKeys {
 public:
  static constexpr int kValues = 16;
  using Key = std::span<float, kValues>;

  virtual ~RecallKeys() = default;
  /// Number of keys of a set.
  virtual std::uint32_t count(bool test) const = 0;
  /// Writes key `number` of a set.
  virtual void write(bool test, std::uint32_t number, Key key) const = 0;
  /// The deviation of value `i` where what the key is made from is seen in noise of deviation 1.
  virtual double noise_of(int i) const = 0;
};

/// Every word of 16 bits; values -1 and 1. Training and tests have the same keys.
class BitKeys : public RecallKeys {
 public:
  std::uint32_t count(bool) const override { return 1u << kValues; }
  void write(bool, std::uint32_t number, Key key) const override {
    for (std::uint32_t i = 0; i < kValues; ++i) key[i] = (number >> i & 1) != 0 ? 1.f : -1.f;
  }
  double noise_of(int) const override { return 1; }
};

}  // namespace adatape::examples
