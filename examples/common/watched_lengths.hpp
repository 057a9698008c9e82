#pragma once
/// Whether the tape lengths of a run are watched, and how.
#include <cmath>
#include <optional>

#include "adatape/train/length_watch.hpp"
#include "compiled_model.hpp"

namespace adatape::examples {

/// The watch of a run with these settings; nothing where no length adapts, or every sample is told how many tape tokens to read.
inline std::optional<train::LengthWatch> watch_lengths(const ModelFacts& facts, const Settings& settings) {
  if (facts.threshold == 0 || settings.exact_tape_tokens > 0) return std::nullopt;
  const double tau = settings.tau > 0 ? settings.tau : facts.threshold;
  const auto tokens_per_step = std::min(facts.bank_size > 0 ? facts.bank_size : facts.longest, static_cast<int>(std::floor(facts.largest_tau / tau + 1e-9)));
  return train::LengthWatch(tau, std::ssize(facts.read_layers), tokens_per_step);
}

}  // namespace adatape::examples
