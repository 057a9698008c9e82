#pragma once
/// Whether the tape lengths of a run are watched, and how.
#include <optional>

#include "adatape/core/tokens_per_step.hpp"
#include "adatape/train/length_watch.hpp"
#include "compiled_model.hpp"

namespace adatape::examples {

/// The watch of a run with these settings; nothing where no length adapts, or every sample is told how many tape tokens to read.
inline std::optional<train::LengthWatch> watch_lengths(const ModelFacts& facts, const Settings& settings) {
  if (facts.threshold == 0 || settings.exact_tape_tokens > 0) return std::nullopt;
  const double tau = settings.tau > 0 ? settings.tau : facts.threshold;
  const auto most = static_cast<Index>(facts.largest_tau), bank = facts.bank_size > 0 ? Index{facts.bank_size} : most;
  return train::LengthWatch(tau, std::ssize(facts.read_layers), tokens_per_step(most, tau, bank));
}

}  // namespace adatape::examples
