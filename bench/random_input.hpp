#pragma once
/// Values that stand in for data.
#include <vector>

#include "adatape/core/random.hpp"

namespace adatape::bench {

/// Standard normal values.
inline std::vector<float> normal_values(Index count, std::uint64_t seed = 1) {
  std::vector<float> values(static_cast<std::size_t>(count));
  const Stream stream(seed, Purpose::data);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(stream.normal(i));
  return values;
}

}  // namespace adatape::bench
