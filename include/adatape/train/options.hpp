#pragma once
/// What a training run is told once, and what a step of it reports.
#include "adatape/core/context.hpp"
#include "adatape/train/adamw.hpp"
#include "adatape/train/objective.hpp"
#include "adatape/train/schedule.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::train {

/// Everything a run is told. The defaults train: AdamW at a constant rate of 1e-3.
struct TrainingOptions {
  Objective objective{};
  Schedule schedule{};
  AdamWOptions adamw{};
  double clip_norm = 0;      ///< global norm that gradients are scaled down to; 0: never
  Settings settings{};       ///< tau, dropout, stochastic depth, query noise, bernoulli_p
  /// Own tokens x hidden size that pass through the model together: a step takes its batch in parts of about this many values, of at least one sample.
  Index values_at_once = 56 * 1024;
  Index replicas = 2;  ///< sums of gradients, to which parts of a batch are added at once, each with memory of its own
  std::uint64_t seed = 0;
};

/// Throws Error that names the first option whose value cannot be meant: see the checks of Objective, Schedule, AdamWOptions and Settings; clip_norm must be
/// finite and not negative, values_at_once and replicas at least 1.
inline void check(const TrainingOptions& options) {
  check(options.objective);
  check(options.schedule);
  check(options.adamw);
  check(options.settings);
  require(options.clip_norm >= 0 && std::isfinite(options.clip_norm), "training options: clip_norm must be a finite number that is not negative, found ",
          options.clip_norm);
  require(options.values_at_once >= 1, "training options: values_at_once must be at least 1, found ", options.values_at_once);
  require(options.replicas >= 1, "training options: replicas must be at least 1, found ", options.replicas);
}

/// What a step did.
struct StepReport {
  double loss = 0;           ///< before the update
  double gradient_norm = 0;  ///< before clipping
  double rate = 0;
  Index counted = 0, correct = 0;
  double mean_tape_length = 0;  ///< tape tokens a sample, over all reads
  double mean_ponder = 0;
};

}  // namespace adatape::train
