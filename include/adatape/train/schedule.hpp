#pragma once
/// Learning rates over the steps of a run.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>

#include "adatape/core/error.hpp"
#include "adatape/core/types.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::train {

/// How the rate falls after warm-up.
enum class Decay : std::uint8_t { constant, cosine, linear };

/// rate(step) = base min(1, step / warmup) f(u),  u = clamp((step - warmup) / (total - warmup), 0, 1),  step from 0
///     f(u) = 1 (constant), 0.5 (1 + cos(pi u)) (cosine), 1 - u (linear)
/// u is 0 where warmup >= total. After step `total` the rate keeps its end value; a constant schedule has none. warmup = 0: no warm-up.
struct Schedule {
  Decay decay = Decay::constant;  ///< f, how the rate falls
  double base = 1e-3;             ///< the largest rate
  Index warmup = 0;               ///< steps in which the rate rises from 0 to `base`
  Index total = 0;                ///< steps until the end value; at least 1 for cosine and linear

  /// The learning rate of step number `step` >= 0, given that check(*this) passes.
  double rate(Index step) const {
    const Index at = decay == Decay::constant ? step : std::min(step, total);
    const double rise = warmup > 0 ? std::min(1.0, static_cast<double>(at) / static_cast<double>(warmup)) : 1.0;
    const double length = static_cast<double>(std::max<Index>(total - warmup, 1));
    const double progress = std::clamp(static_cast<double>(at - warmup) / length, 0.0, 1.0);
    switch (decay) {
      case Decay::constant: return base * rise;
      case Decay::linear: return base * rise * (1 - progress);
      case Decay::cosine: break;
    }
    return base * rise * 0.5 * (1 + std::cos(std::numbers::pi * progress));
  }
};

/// Throws Error unless
///  - decay is one of the enumerators,
///  - base is finite and not negative,
///  - warmup is at least 0 (`total` or more is allowed: the rate then rises through the whole run),
///  - total is at least 1; for a constant rate at least 0.
inline void check(const Schedule& schedule) {
  require(schedule.decay == Decay::constant || schedule.decay == Decay::cosine || schedule.decay == Decay::linear,
          "schedule: decay must be constant, cosine or linear, found the number ", static_cast<int>(schedule.decay));
  require(schedule.base >= 0 && std::isfinite(schedule.base), "schedule: the base rate must be a finite number that is not negative, found ", schedule.base);
  require(schedule.warmup >= 0, "schedule: warmup must be at least 0 steps, found ", schedule.warmup);
  const Index least = schedule.decay == Decay::constant ? 0 : 1;
  require(schedule.total >= least, "schedule: total must be at least ", least, " for this decay, found ", schedule.total);
}

}  // namespace adatape::train
