#pragma once
/// Inputs for tests: reproducible random values, fresh parameters in which nothing is zero, ragged packings.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "adatape/core/initialise.hpp"
#include "adatape/core/tokens.hpp"

namespace adatape::testing {

/// Standard normal values times `scale`.
template <class T>
std::vector<T> random_values(Index count, std::uint64_t seed, double scale = 1) {
  const Stream stream(seed, Purpose::data);
  std::vector<T> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<T>(scale * stream.normal(i));
  return values;
}

/// Initialised parameters with noise on every one of them, so that biases and other zeros take part. The same in every scalar type.
template <class Layer, class T>
Parameters<Layer, T> random_parameters(std::uint64_t seed, double noise = 0.1) {
  Parameters<Layer, T> parameters;
  initialise(parameters, seed);
  std::uint64_t number = 0;
  for (const auto& entry : parameters.layout()) {
    const Stream stream(seed, Purpose::data, 1, number++);
    std::uint64_t index = 0;
    for (T& value : parameters.values(entry)) value += static_cast<T>(noise * stream.normal(index++));
  }
  return parameters;
}

/// The packing of samples of the given lengths, of which the first `own` tokens are their own.
struct RaggedPacking {
  std::vector<Index> offsets{0};
  Index own;
  RaggedPacking(const std::vector<Index>& lengths, Index own_tokens) : own(own_tokens) {
    for (Index length : lengths) offsets.push_back(offsets.back() + length);
  }
  operator Packing() const { return {offsets, own}; }  // NOLINT(google-explicit-constructor)
};

/// Whether two arrays hold the same bits (NaN equals itself, +0 differs from -0).
template <class T>
bool same_bits(std::span<const T> a, std::span<const T> b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size_bytes()) == 0);
}
template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return same_bits(std::span<const T>(a), std::span<const T>(b));
}

}  // namespace adatape::testing
