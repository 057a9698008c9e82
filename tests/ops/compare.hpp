#pragma once
/// A float operation against the same operation of the reference in double.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "adatape/simd/batch.hpp"
#include "larger.hpp"
#include "random_values.hpp"

namespace adatape::testing {

inline constexpr double epsilon = std::numeric_limits<float>::epsilon();
inline constexpr Index most_odd_sizes = 2 * simd::lanes<float> + 2;

template <class T>
std::vector<double> to_double(const std::vector<T>& values) {
  return {values.begin(), values.end()};
}

inline double largest_of(std::span<const double> values) {
  double largest = 0;
  for (double value : values) largest = std::max(largest, std::abs(value));
  return largest;
}

/// Every value within `rounding` epsilons of the wanted one, relative to the largest magnitude that entered it.
inline void check_close(std::span<const float> found, std::span<const double> wanted, double magnitude, double rounding) {
  REQUIRE(found.size() == wanted.size());
  double worst = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) worst = larger(worst, std::abs(static_cast<double>(found[i]) - wanted[i]));
  CHECK(worst <= rounding * epsilon * magnitude);
}

/// float values with NaN on both sides: what an operation must neither read into its result nor write.
struct Guarded {
  static constexpr Index gap = 19;
  std::vector<float> memory;
  Index size;
  explicit Guarded(const std::vector<float>& values)
      : memory(values.size() + 2 * gap, std::numeric_limits<float>::quiet_NaN()), size(static_cast<Index>(values.size())) {
    std::ranges::copy(values, memory.begin() + gap);
  }
  explicit Guarded(Index count) : Guarded(std::vector<float>(static_cast<std::size_t>(count), std::numeric_limits<float>::quiet_NaN())) {}
  float* data() { return memory.data() + gap; }
  std::span<const float> values() const { return std::span(memory).subspan(gap, static_cast<std::size_t>(size)); }
  bool intact() const {
    for (Index i = 0; i < gap; ++i)
      if (!std::isnan(memory[static_cast<std::size_t>(i)]) || !std::isnan(memory[memory.size() - 1 - static_cast<std::size_t>(i)])) return false;
    return true;
  }
};

}  // namespace adatape::testing
