#pragma once
/// The values along one side of a chart.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "adatape/core/types.hpp"

namespace adatape::examples {

struct Axis {
  double low = 0, high = 1;
  double step = 0.5;  ///< between marked values

  /// From a multiple of the step at or below `low` to one at or above `high`; the step is 1, 2 or 5 times a power of ten, and there are about `marks` of them.
  static Axis around(double low, double high, int marks = 5) {
    if (!(high - low > 1e-9 * std::max(std::abs(low), std::abs(high)))) {  // a single value: some room on both sides
      const double room = low == 0 ? 1 : 0.1 * std::abs(low);
      low -= room;
      high += room;
    }
    Axis axis;
    axis.step = nice((high - low) / marks);
    axis.low = std::floor(low / axis.step + 1e-9) * axis.step;
    axis.high = std::ceil(high / axis.step - 1e-9) * axis.step;
    return axis;
  }
  /// Whole numbers from `low` to `high`, with half of one on each side.
  static Axis whole(Index low, Index high, int marks = 8) {
    return {static_cast<double>(low) - 0.5, static_cast<double>(high) + 0.5, std::max(1.0, nice(static_cast<double>(high - low) / marks))};
  }

  std::vector<double> marks() const {
    std::vector<double> out;
    for (double k = std::ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; ++k) out.push_back(k * step);
    return out;
  }
  /// With as many decimals as the step needs.
  std::string text(double value) const {
    if (step < 1e-4 || step >= 1e6) return fmt::format("{:.3g}", std::abs(value) < step / 2 ? 0.0 : value);
    const int decimals = std::max(0, static_cast<int>(std::ceil(-std::log10(step) - 1e-9)));
    return fmt::format("{:.{}f}", std::abs(value) < step / 2 ? 0.0 : value, decimals);
  }

 private:
  /// The least of 1, 2 and 5 times a power of ten that is not below `step`.
  static double nice(double step) {
    if (!(step > 0)) return 1;
    const double power = std::pow(10.0, std::floor(std::log10(step)));
    for (const double digit : {1.0, 2.0, 5.0})
      if (digit * power >= step * (1 - 1e-9)) return digit * power;
    return 10 * power;
  }
};

}  // namespace adatape::examples
