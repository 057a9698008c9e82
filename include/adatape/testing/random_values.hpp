#pragma once
/// Inputs for checks of layers: reproducible random values, parameters without zeros, ragged packings.
#include <algorithm>
#include <cstdint>
#include <vector>

#include "adatape/core/error.hpp"
#include "adatape/core/initialise.hpp"
#include "adatape/core/tokens.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::gradcheck {

/// `count` standard normal values times `scale`. They are a function of the seed.
template <class T>
std::vector<T> random_values(Index count, std::uint64_t seed, double scale = 1) {
  const Stream stream(seed, Purpose::data);
  std::vector<T> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<T>(scale * stream.normal(i));
  return values;
}

/// Initial values plus normal noise of standard deviation `noise`, so that parameters that start at 0 take part in a check. The draws are the same for every T.
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

/// Owns the packing of samples of the given lengths. The first own_tokens tokens of every sample are its own tokens. A Packing made from this object is valid
/// as long as the object.
struct RaggedPacking {
  std::vector<Index> offsets{0};  ///< where each sample begins; a Packing views them
  Index own;                      ///< own tokens of every sample
  /// lengths: the tokens of each sample. Throws Error unless own_tokens is at least 0, and each length at least own_tokens.
  RaggedPacking(const std::vector<Index>& lengths, Index own_tokens) : own(own_tokens) {
    require(own >= 0, "RaggedPacking: wanted at least 0 own tokens, found ", own);
    for (Index length : lengths) {
      require(length >= own, "RaggedPacking: wanted samples of at least ", own, " tokens, their own, found ", length);
      offsets.push_back(offsets.back() + length);
    }
  }
  /// A view of this object.
  operator Packing() const { return {offsets, own}; }  // NOLINT(google-explicit-constructor)
};

}  // namespace adatape::gradcheck
