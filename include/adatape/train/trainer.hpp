#pragma once
/// A training run, of which the caller takes each step.
#include <algorithm>
#include <deque>
#include <limits>
#include <numeric>

#include "adatape/core/initialise.hpp"
#include "adatape/ops/sums.hpp"
#include "adatape/train/batch.hpp"
#include "adatape/train/options.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::train {

/// Parameters, moments and memory of a run. A trainer is for one thread at a time; it uses all cores itself. A run is resumed by restoring parameters, the
/// moments of the optimizer, and the step number.
template <class Model, class T = float>
class Trainer {
 public:
  /// Draws the parameters from options.seed. Throws Error where set_options does, and std::bad_alloc where there is no memory.
  explicit Trainer(const TrainingOptions& options) {
    set_options(options);
    initialise(parameters_, options.seed);
  }

  /// One training step: forward, backward, clipping, AdamW. A batch in which no sample counts changes no parameter, no moment and not the step number.
  /// Throws Error, with parameters, moments and step number unchanged, unless
  ///  - the batch fits the model (see counted_samples and evaluate),
  ///  - loss, gradient norm and rate are finite,
  ///  - the square of the norm, after clipping, is below the largest T,
  ///  - AdamW::update accepts rate and options.
  /// AdamW::update also throws after the change, where moments were restored that no training makes. Throws std::bad_alloc where there is no memory.
  StepReport step(const Batch<T>& batch) {
    StepReport report = accumulate(batch);
    require(std::isfinite(report.loss) && std::isfinite(report.gradient_norm), "training step ", step_, ": loss ", report.loss, ", gradient norm ",
            report.gradient_norm, "; wanted finite values (is the learning rate too high, or the input not normalised?)");
    if (report.counted == 0) return report;
    report.rate = options_.schedule.rate(step_);
    require(std::isfinite(static_cast<T>(report.rate)), "training step ", step_, ": wanted a finite learning rate, found ", report.rate);
    const double scale = clip_factor(report.gradient_norm, options_.clip_norm);
    constexpr double largest_norm = static_cast<double>(std::numeric_limits<T>::max());
    require(report.gradient_norm * scale * report.gradient_norm * scale < largest_norm, "training step ", step_,
            ": wanted a gradient whose square is less than ", largest_norm, ", found a norm of ", report.gradient_norm * scale);
    optimizer_.update(parameters_, gradients(), step_, report.rate, scale);
    ++step_;
    return report;
  }

  /// Forward and backward only: gradients() is the gradient of the loss of `whole` afterwards. Throws Error where the batch does not fit the model, and
  /// std::bad_alloc where there is no memory; parameters, moments and step number are unchanged in any case.
  ///
  /// A part of the batch goes forward and then backward, while its activations are still in cache. So memory is needed for one part only. Replicas take
  /// different parts, each replica on one core. With more cores than replicas, the replicas run one after the other on all cores. How a batch is divided
  /// does not depend on the number of cores, so bits do not either.
  StepReport accumulate(const Batch<T>& whole) {
    for (Replica& replica : replicas_) replica.arena.reset();
    const Batch<T> batch = counted_samples(whole, Model::input_size, replicas_[0].arena);
    const auto division = divide(static_cast<Index>(batch.labels.size()));
    while (static_cast<Index>(replicas_.size()) < division.replicas) replicas_.emplace_back();
    const auto run = [&](Index r) {
      Replica& replica = replicas_[static_cast<std::size_t>(r)];
      replica.gradients.zero();
      replica.report = {};
      for (Index part = division.first_part(r); part < division.first_part(r + 1); ++part) {
        const Index first = division.first_sample(part);
        accumulate_part(batch.part(first, division.first_sample(part + 1) - first), division.samples, replica);
      }
    };
    if (available_threads() <= division.replicas)
      parallel_for(division.replicas, run);
    else
      for (Index r = 0; r < division.replicas; ++r) run(r);
    return sum_replicas(division);
  }

  /// Parameters and optimizer. They may be changed between two steps, as resuming does. References are valid as long as the trainer is neither moved nor
  /// destroyed.
  Parameters<Model, T>& parameters() { return parameters_; }
  const Parameters<Model, T>& parameters() const { return parameters_; }
  /// The gradient of the last accumulate or step, before clipping. Valid until the next of these calls.
  const Parameters<Model, T>& gradients() const { return replicas_[0].gradients; }
  AdamW<Model, T>& optimizer() { return optimizer_; }
  const AdamW<Model, T>& optimizer() const { return optimizer_; }
  /// The options in force. objective.ponder_weight is never empty: where it was, it is that of the configuration.
  const TrainingOptions& options() const { return options_; }
  /// Replaces all options from the next step on. Without objective.ponder_weight that of the configuration is taken. Throws Error where check(options) does,
  /// and where settings.tau is neither 0 nor in 0 < tau <= T; nothing has changed then.
  void set_options(const TrainingOptions& options) {
    check(options);
    Model::check_tau(options.settings.tau);
    options_ = options;
    if (!options_.objective.ponder_weight) options_.objective.ponder_weight = Model::Config::ponder_weight;
    optimizer_.options = options_.adamw;
  }
  Index step_number() const { return step_; }  ///< number of the next step, from 0
  /// Sets the number of the next step. It decides rate, random draws and the corrections of AdamW. Throws Error if `step` is negative.
  void set_step_number(Index step) {
    require(step >= 0, "Trainer::set_step_number: wanted a number of at least 0, found ", step);
    step_ = step;
  }
  /// The most bytes of activations and scratch that replicas have taken so far: the sum over the replicas of each one's peak.
  std::size_t peak_arena_bytes() const {
    return std::accumulate(replicas_.begin(), replicas_.end(), std::size_t{0},
                           [](std::size_t sum, const Replica& replica) { return sum + replica.arena.peak(); });
  }

 private:
  /// One of the sums of gradients, with the memory to compute it.
  struct Replica {
    Parameters<Model, T> gradients;
    Arena arena;
    StepReport report;
  };

  /// A batch cut into parts. Each replica takes a contiguous range of the parts.
  struct Division {
    Index samples, parts, replicas;
    Index first_sample(Index part) const { return samples * part / parts; }
    Index first_part(Index replica) const { return parts * replica / replicas; }
  };
  /// Where each replica would get less than an eighth of values_at_once, one replica takes all parts: several would gain less time than the addition of
  /// their gradients costs.
  Division divide(Index samples) const {
    constexpr Index values = Index{Model::own_tokens} * Model::D;  // of one sample
    const Index replicas = samples * values * 8 < options_.replicas * options_.values_at_once ? 1 : options_.replicas;
    const Index at_once = std::max(Index{1}, (options_.values_at_once + values / 2) / values), least = (samples + at_once - 1) / at_once;
    const Index parts = std::min(samples, (least + replicas - 1) / replicas * replicas);
    return {samples, parts, std::clamp(parts, Index{1}, replicas)};
  }

  /// Adds the gradients and the report of one part of a batch in which `counted` samples count.
  void accumulate_part(const Batch<T>& part, Index counted, Replica& replica) const {
    Arena::Scope scope(replica.arena);
    const auto samples = static_cast<Index>(part.labels.size());
    const Context context{.arena = replica.arena, .settings = options_.settings, .training = true, .seed = options_.seed,
                          .step = static_cast<std::uint64_t>(step_), .sample_numbers = part.sample_numbers};
    typename Model::template Saved<T> saved;
    const auto output = Model::forward(*parameters_, part.input.data(), samples, saved, context);
    const auto value = evaluate(options_.objective, output, Model::classes, part.labels, part.mask, replica.arena, counted);
    Model::backward(*parameters_, saved, value.dlogits, value.dponder, *replica.gradients, nullptr, context);
    StepReport& report = replica.report;
    report.loss += value.loss;
    report.correct += value.correct;
    for (Index b = 0; b < samples; ++b) {
      report.mean_tape_length += static_cast<double>(output.tape_length(b)) / static_cast<double>(counted);
      report.mean_ponder += static_cast<double>(output.ponder[b]) / static_cast<double>(counted);
    }
  }

  /// Adds gradients and reports of all replicas, in their order, to those of the first one.
  StepReport sum_replicas(const Division& division) {
    StepReport total = replicas_[0].report;
    for (std::size_t r = 1; r < static_cast<std::size_t>(division.replicas); ++r) {
      const StepReport& report = replicas_[r].report;
      total.loss += report.loss;
      total.correct += report.correct;
      total.mean_tape_length += report.mean_tape_length;
      total.mean_ponder += report.mean_ponder;
    }
    total.counted = division.samples;
    const auto add_others = [&](Index begin, Index end) {
      for (std::size_t r = 1; r < static_cast<std::size_t>(division.replicas); ++r)
        ops::add(replicas_[r].gradients.flat().data() + begin, end - begin, replicas_[0].gradients.flat().data() + begin);
    };
    total.gradient_norm = global_norm(std::span<const T>(gradients().flat()), add_others);
    return total;
  }

  TrainingOptions options_;
  Parameters<Model, T> parameters_;
  std::deque<Replica> replicas_ = std::deque<Replica>(1);  ///< a deque: references to gradients survive another replica
  AdamW<Model, T> optimizer_;
  Index step_ = 0;
};

}  // namespace adatape::train
