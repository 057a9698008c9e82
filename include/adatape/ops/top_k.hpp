#pragma once
/// The k largest scores, largest first; of equal scores the lower index first.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>

#include "adatape/core/types.hpp"

namespace adatape::ops {

namespace reference {

/// Goes through the candidates once and inserts each into the sorted list of the best so far. excluded[i] != 0 takes index i out;
/// k <= number of candidates; NaN scores rank as minus infinity.
template <class T>
void top_k(std::span<const T> scores, std::span<const char> excluded, std::span<Index> best) {
  const auto rank = [&](Index i) {
    const T score = scores[static_cast<std::size_t>(i)];
    return std::isnan(score) ? -std::numeric_limits<T>::infinity() : score;
  };
  std::size_t kept = 0;  // best[0, kept) is sorted
  for (Index i = 0; i < static_cast<Index>(scores.size()); ++i) {
    if (excluded[static_cast<std::size_t>(i)]) continue;
    const auto after = [&](Index other) { return rank(other) < rank(i); };
    const auto place = std::find_if(best.begin(), best.begin() + static_cast<std::ptrdiff_t>(kept), after);
    if (place == best.end()) continue;
    if (kept < best.size()) ++kept;
    std::move_backward(place, best.begin() + static_cast<std::ptrdiff_t>(kept) - 1, best.begin() + static_cast<std::ptrdiff_t>(kept));
    *place = i;
  }
}

}  // namespace reference

using reference::top_k;

}  // namespace adatape::ops
