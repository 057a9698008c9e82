#pragma once
/// Spearman's rank correlation.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "adatape/core/types.hpp"

namespace adatape::examples {

/// The rank of each value, from 1; equal values have the mean of their ranks.
inline std::vector<double> ranks(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return values[i]; });
  std::vector<double> result(values.size());
  for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    for (std::size_t i = begin; i < end; ++i) result[order[i]] = static_cast<double>(begin + end + 1) / 2;
  }
  return result;
}

/// Spearman's correlation: Pearson's correlation of the ranks (Spearman 1904). 0 where all values of one side are equal. x and y are of one size.
inline double rank_correlation(const std::vector<double>& x, const std::vector<double>& y) {
  const auto a = ranks(x), b = ranks(y);
  const double mean = (static_cast<double>(a.size()) + 1) / 2;
  double product = 0, squares_a = 0, squares_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    product += (a[i] - mean) * (b[i] - mean);
    squares_a += (a[i] - mean) * (a[i] - mean);
    squares_b += (b[i] - mean) * (b[i] - mean);
  }
  return squares_a > 0 && squares_b > 0 ? product / std::sqrt(squares_a * squares_b) : 0;
}

}  // namespace adatape::examples
