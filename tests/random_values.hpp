#pragma once
/// Inputs for tests, and comparisons of many values.
#include <algorithm>
#include <cstring>
#include <span>
#include <vector>

#include "adatape/testing/random_values.hpp"

namespace adatape::testing {

using gradcheck::random_parameters, gradcheck::random_values, gradcheck::RaggedPacking;

/// Whether two arrays hold the same bits (NaN equals itself, +0 differs from -0).
template <class T>
bool same_bits(std::span<const T> a, std::span<const T> b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size_bytes()) == 0);
}
template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return same_bits(std::span<const T>(a), std::span<const T>(b));
}

inline bool all_zero(std::span<const double> values) {
  return std::ranges::all_of(values, [](double value) { return value == 0; });
}

}  // namespace adatape::testing
