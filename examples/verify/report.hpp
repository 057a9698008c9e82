#pragma once
/// What was compared in a golden file, and how far apart it was.
#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "adatape/core/types.hpp"

namespace adatape::verify {

/// One comparison: a tensor, or all tensors of a group with the name of the worst.
struct Comparison {
  std::string what;
  double error = 0;
  std::string worst{};  ///< name of the tensor with the largest error, for groups
};

struct Report {
  std::vector<Comparison> comparisons;
  std::vector<std::string> faults;  ///< what is wrong beyond a numeric error
};

/// max |a - b| / max(max |b|, 1e-4 scale); NaN anywhere counts as infinite.
template <class T>
double tensor_error(std::span<const T> found, std::span<const double> wanted, double scale) {
  if (found.size() != wanted.size()) return std::numeric_limits<double>::infinity();
  double difference = 0, largest = 1e-4 * scale;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const double distance = std::abs(static_cast<double>(found[i]) - wanted[i]);
    difference = std::isnan(distance) ? std::numeric_limits<double>::infinity() : std::max(difference, distance);
    largest = std::max(largest, std::abs(wanted[i]));
  }
  return difference == 0 ? 0 : difference / largest;
}

inline double largest_magnitude(std::span<const double> values) {
  double largest = 0;
  for (double value : values) largest = std::max(largest, std::abs(value));
  return largest;
}

}  // namespace adatape::verify
