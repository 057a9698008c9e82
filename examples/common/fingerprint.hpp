#pragma once
/// A hash by which processes tell whether they have the same values.
#include <bit>
#include <cstdint>
#include <span>

namespace adatape::examples {

/// FNV-1a over the bits of values.
class Fingerprint {
 public:
  void add(std::span<const float> values) {
    for (const float value : values) add(std::bit_cast<std::uint32_t>(value));
  }
  void add(std::uint64_t bits) { hash_ = (hash_ ^ bits) * 1099511628211u; }
  std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_ = 14695981039346656037u;
};

}  // namespace adatape::examples
