#pragma once
/// The counter-based random function Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
#include <array>
#include <cstdint>

#include "adatape/core/namespace.hpp"

namespace adatape::inline ADATAPE_NAMESPACE {

using PhiloxCounter = std::array<std::uint32_t, 4>;  ///< the number of a block of random words, and the four words of the block
using PhiloxKey = std::array<std::uint32_t, 2>;      ///< each key gives other words to the same counter; Stream takes the seed, low word first

/// Ten rounds, with the bits of Random123's r123::Philox4x32. A round multiplies words 0 and 2 by constants, takes the products of 64 bits apart, and mixes
/// their halves with the other words and the key. The key then moves on by the golden ratio and by sqrt(3) - 1, as fractions of 2^32. Throws nothing.
constexpr PhiloxCounter philox_words(PhiloxCounter x, PhiloxKey key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p = std::uint64_t{0xd2511f53} * x[0], q = std::uint64_t{0xcd9e8d57} * x[2];
    x = {static_cast<std::uint32_t>(q >> 32) ^ x[1] ^ key[0], static_cast<std::uint32_t>(q), static_cast<std::uint32_t>(p >> 32) ^ x[3] ^ key[1],
         static_cast<std::uint32_t>(p)};
    key = {key[0] + 0x9e3779b9u, key[1] + 0xbb67ae85u};
  }
  return x;
}

}  // namespace adatape
