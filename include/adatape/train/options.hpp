#pragma once
/// The options of a training run, and its reports.
#include "adatape/core/context.hpp"
#include "adatape/core/model.hpp"
#include "adatape/train/adamw.hpp"
#include "adatape/train/average.hpp"
#include "adatape/train/forward.hpp"
#include "adatape/train/objective.hpp"
#include "adatape/train/rules.hpp"
#include "adatape/train/schedule.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::train {

/// All options of a run with that objective and those options of an optimizer. The defaults train: AdamW at a constant rate of 1e-3.
template <class ObjectiveType, class OptimizerOptions>
struct BasicTrainingOptions {
  ObjectiveType objective{};          ///< what is minimised: by default softmax cross-entropy and ponder
  Schedule schedule{};                ///< the learning rate of each step
  OptimizerOptions optimizer{};       ///< by default those of AdamW
  ParameterRules rules{};             ///< decay, rate and freezing of each tensor; empty: all tensors are treated alike
  AverageOptions average{};           ///< moving average of the parameters
  double clip_norm = 0;               ///< gradients of a larger Euclidean norm are scaled to this one; 0: no clipping
  Settings settings{};                ///< tau, dropout, stochastic depth, query noise, bernoulli_p
  Products products = Products::f32;  ///< bf16: products of dense layers, forward and backward, round both factors to bf16 (docs/numerics.md); T = float only
  /// A step cuts its batch into parts of about this many values (samples x own tokens x hidden size), of at least one sample.
  Index values_at_once = kValuesAtOnce;
  /// Leaves that a batch is cut into, at most one a sample. Cores and processes compute different leaves at the same time, and their gradients are added in one
  /// fixed tree. 0: two, or one where the batch is small. One leaf needs the memory of one set of gradients, two need two, and 2^n need n + 1 and one more for
  /// each further core.
  Index leaves = 0;
  std::uint64_t seed = 0;  ///< of the initial parameters and of all random draws
};

/// Throws Error that names the first wrong option, unless
///  - objective, schedule, optimizer, average and settings pass their checks,
///  - clip_norm is finite and not negative,
///  - products is one of the enumerators, values_at_once is at least 1, and leaves is not negative.
template <class ObjectiveType, class OptimizerOptions>
void check(const BasicTrainingOptions<ObjectiveType, OptimizerOptions>& options) {
  check(options.objective);
  check(options.schedule);
  check(options.optimizer);
  check(options.average);
  check(options.settings);
  require(options.clip_norm >= 0 && std::isfinite(options.clip_norm), "training options: clip_norm must be a finite number that is not negative, found ",
          options.clip_norm);
  require(options.products <= Products::bf16, "training options: products must be f32 or bf16, found the number ", static_cast<int>(options.products));
  require(options.values_at_once >= 1, "training options: values_at_once must be at least 1, found ", options.values_at_once);
  require(options.leaves >= 0, "training options: leaves must not be negative, found ", options.leaves);
}

/// What the samples of one or several batches gave. Means are weighted by the samples' weights.
struct BatchReport {
  double loss = 0;              ///< mean loss
  double weight = 0;            ///< sum of the weights; without weights the number of samples
  Index counted = 0;            ///< samples whose weight is not 0
  Index correct = 0;            ///< of these, samples that the model answers rightly
  double mean_tape_length = 0;  ///< mean number of tape tokens of a sample, over all reads together
  double mean_ponder = 0;       ///< without the ponder weight
};

/// What a step did. The loss is the one before the update.
struct StepReport : BatchReport {
  double gradient_norm = 0;  ///< Euclidean norm of the mean gradient over all trained parameters, before clipping
  double rate = 0;           ///< learning rate of the update; 0 where there was none
};

}  // namespace adatape::train
