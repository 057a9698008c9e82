#pragma once
/// Whether a training run has lost what it adapts: all samples read the fewest tape tokens that the threshold allows.
#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "adatape/train/options.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::train {

/// Watches the reports of a run, and says once that tape lengths have collapsed. Halting has no gradient of its own: only the ponder loss moves it, towards
/// fewer tokens. A ponder loss that counts before the task is learnt drives the length of every sample to the least, and later steps do not bring it back.
class LengthWatch {
 public:
  /// The halting score of a read grows by at most 1 a token, so a sample reads at least ceil(tau - 1e-6) tokens, and at least one, in each of `reads` reads.
  /// `tokens_per_step` is k. The watch speaks after `steps` steps in a row whose samples all read so few. Throws Error unless tau is above 0 and finite, and
  /// the others are at least 1.
  LengthWatch(double tau, Index reads, Index tokens_per_step, Index steps = 200)
      : least_(std::max(1.0, std::ceil(tau - 1e-6)) * static_cast<double>(reads)), tokens_per_step_(tokens_per_step), wanted_(steps) {
    require(tau > 0 && std::isfinite(tau), "LengthWatch: wanted a finite tau above 0, found ", tau);
    require(reads >= 1 && tokens_per_step >= 1 && steps >= 1, "LengthWatch: wanted at least 1 read, 1 token a step and 1 step, found ", reads, ", ",
            tokens_per_step, " and ", steps);
  }

  /// One line of plain text that says what has happened and what helps; nothing in the other steps. A report without samples does not count.
  std::optional<std::string> add(const BatchReport& report) {
    if (report.weight == 0) return std::nullopt;
    steps_ = report.mean_tape_length < least_ + 1e-6 ? steps_ + 1 : 0;  // a mean of equal lengths may round
    if (told_ || steps_ < wanted_) return std::nullopt;
    told_ = true;
    const std::string fact = "all samples of the last " + std::to_string(wanted_) + " steps read the fewest tape tokens, ";
    const std::string number = std::to_string(static_cast<Index>(least_));
    if (tokens_per_step_ == 1)
      return fact + number + ": with one bank token a step (k = floor(T / tau) = 1) every length is the same; a smaller tau or a larger T helps";
    return fact + number +
           ": reading does not adapt any more; a ponder loss that waits until the task is learnt (its delay and ramp), or a smaller weight, helps";
  }

 private:
  double least_;
  Index tokens_per_step_, wanted_;
  Index steps_ = 0;  ///< in a row
  bool told_ = false;
};

}  // namespace adatape::train
