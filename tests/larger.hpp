#pragma once
/// The largest of several distances.
#include <algorithm>
#include <cmath>
#include <limits>

namespace adatape::testing {

/// The larger of the two; infinity where `distance` is NaN, which std::max would pass over.
inline double larger(double largest, double distance) { return std::isnan(distance) ? std::numeric_limits<double>::infinity() : std::max(largest, distance); }

}  // namespace adatape::testing
