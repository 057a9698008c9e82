#pragma once
/// Results of a model in two arithmetics.
#include <algorithm>
#include <cmath>

#include "check_invariance.hpp"

namespace adatape::testing {

/// Of the samples with the same choices: their number, and the largest distance of a value, relative to the largest value.
struct Comparison {
  Index samples = 0;
  double error = 0;
};
/// Where scores nearly tie, two storages may choose other bank tokens. Such samples are left out.
template <class Config, class Output>
Comparison compare(const Output& found, const Output& wanted) {
  Comparison result;
  double largest = 0, distance = 0;
  for (Index b = 0; b < wanted.samples; ++b) {
    const auto x = sample_result<Config, float>(found, b), y = sample_result<Config, float>(wanted, b);
    if (x.choices != y.choices) continue;
    ++result.samples;
    for (std::size_t i = 0; i < y.values.size(); ++i) {
      largest = std::max(largest, std::abs(static_cast<double>(y.values[i])));
      distance = larger(distance, std::abs(static_cast<double>(x.values[i]) - static_cast<double>(y.values[i])));
    }
  }
  result.error = distance / largest;
  return result;
}

}  // namespace adatape::testing
