#pragma once
/// A training run that callers drive step by step.
#include <algorithm>
#include <numeric>

#include "adatape/core/context.hpp"
#include "adatape/core/initialise.hpp"
#include "adatape/train/adamw.hpp"
#include "adatape/train/objective.hpp"
#include "adatape/train/schedule.hpp"

namespace adatape::train {

/// Everything a run is told once.
struct TrainingOptions {
  Objective objective{};
  Schedule schedule{};
  AdamWOptions adamw{};
  double clip_norm = 0;  ///< global norm that gradients are scaled down to; 0: never
  Settings settings{};   ///< tau, dropout, stochastic depth, query noise, bernoulli_p
  Index rows_at_once = 400;  ///< own tokens that pass through the model together: a step takes its batch in parts of this size (of at least one sample)
  std::uint64_t seed = 0;
};

/// One batch: input [samples, Model::input_size], labels [samples]; mask [samples], 0 leaves a sample out (it is not even computed), empty: all
/// count; sample_numbers are the data set's (for the random draws; empty: positions in the batch).
template <class T>
struct Batch {
  std::span<const T> input;
  std::span<const std::int64_t> labels;
  std::span<const std::int64_t> mask{};
  std::span<const std::uint64_t> sample_numbers{};

  /// Samples [first, first + count) of a batch without a mask.
  Batch part(Index first, Index count) const {
    const auto begin = static_cast<std::size_t>(first), size = static_cast<std::size_t>(count), width = input.size() / labels.size();
    return {input.subspan(begin * width, size * width), labels.subspan(begin, size), {}, sample_numbers.subspan(begin, size)};
  }
};

/// What a step did.
struct StepReport {
  double loss = 0;           ///< before the update
  double gradient_norm = 0;  ///< before clipping
  double rate = 0;
  Index counted = 0, correct = 0;
  double mean_tape_length = 0;  ///< tape tokens a sample, over all reads
  double mean_ponder = 0;
};

/// Parameters, moments and memory of a run. Resume by restoring parameters, optimizer moments and step.
template <class Model, class T = float>
class Trainer {
 public:
  explicit Trainer(const TrainingOptions& options) : options_(options), optimizer_{options.adamw, {}, {}} { initialise(parameters_, options.seed); }

  /// Forward, backward, clip, update. A batch in which no sample counts changes nothing. Throws Error if the batch does not fit the model or the loss is not finite; parameters are unchanged then.
  StepReport step(const Batch<T>& batch) {
    StepReport report = accumulate(batch);
    require(std::isfinite(report.loss) && std::isfinite(report.gradient_norm), "training step ", step_, ": loss ", report.loss, ", gradient norm ",
            report.gradient_norm, "; wanted finite values (is the learning rate too high, or the input not normalised?)");
    if (report.counted == 0) return report;
    report.rate = options_.schedule.rate(step_);
    optimizer_.update(parameters_, gradients_, step_, report.rate, clip_factor(report.gradient_norm, options_.clip_norm));
    ++step_;
    return report;
  }

  /// Forward and backward only: gradients() holds the gradient of the batch's loss afterwards. Part after part of the batch goes forward and, while its
  /// activations are still in cache, backward, so that memory is needed for one part only.
  StepReport accumulate(const Batch<T>& whole) {
    arena_.reset();
    const Batch<T> batch = counted_samples(whole);
    const auto samples = static_cast<Index>(batch.labels.size());
    const Index at_once = std::max(Index{1}, options_.rows_at_once / Model::own_tokens), parts = (samples + at_once - 1) / at_once;
    gradients_.zero();
    StepReport report{.counted = samples};
    for (Index part = 0; part < parts; ++part) {
      const Index first = samples * part / parts;
      accumulate_part(batch.part(first, samples * (part + 1) / parts - first), report);
    }
    report.gradient_norm = global_norm(std::span<const T>(gradients_.flat()));
    return report;
  }

  Parameters<Model, T>& parameters() { return parameters_; }
  const Parameters<Model, T>& parameters() const { return parameters_; }
  const Parameters<Model, T>& gradients() const { return gradients_; }
  AdamW<Model, T>& optimizer() { return optimizer_; }
  const AdamW<Model, T>& optimizer() const { return optimizer_; }
  TrainingOptions& options() { return options_; }
  Index step_number() const { return step_; }
  void set_step_number(Index step) { step_ = step; }
  /// Bytes of activations and scratch at the worst moment so far.
  std::size_t peak_arena_bytes() const { return arena_.peak(); }

 private:
  /// Adds one part's share to the gradients and to the report of its batch.
  void accumulate_part(const Batch<T>& part, StepReport& report) {
    Arena::Scope scope(arena_);
    const auto samples = static_cast<Index>(part.labels.size());
    const Context context{.arena = arena_, .settings = options_.settings, .training = true, .seed = options_.seed,
                          .step = static_cast<std::uint64_t>(step_), .sample_numbers = part.sample_numbers};
    typename Model::template Saved<T> saved;
    const auto output = Model::forward(*parameters_, part.input.data(), samples, saved, context);
    const auto value = evaluate(options_.objective, output, Model::classes, part.labels, part.mask, arena_, report.counted);
    Model::backward(*parameters_, saved, value.dlogits, value.dponder, *gradients_, nullptr, context);
    report.loss += value.loss;
    report.correct += value.correct;
    for (Index b = 0; b < samples; ++b) {
      report.mean_tape_length += static_cast<double>(output.tape_length(b)) / static_cast<double>(report.counted);
      report.mean_ponder += static_cast<double>(output.ponder[b]) / static_cast<double>(report.counted);
    }
  }

  /// The samples that count, and all their numbers: masked ones cost nothing and cannot spoil the others, whatever they hold.
  Batch<T> counted_samples(const Batch<T>& batch) {
    const std::size_t samples = batch.labels.size(), size = static_cast<std::size_t>(Model::input_size);
    require(batch.input.size() == samples * size, "training batch: wanted ", samples, " x ", size, " input values, found ", batch.input.size());
    require(batch.mask.empty() || batch.mask.size() == samples, "training batch: wanted a mask of ", samples, " values, found ", batch.mask.size());
    require(batch.sample_numbers.empty() || batch.sample_numbers.size() == samples, "training batch: wanted ", samples, " sample numbers, found ",
            batch.sample_numbers.size());
    const auto masked = std::ranges::count(batch.mask, 0);
    if (masked == 0 && !batch.sample_numbers.empty()) return {batch.input, batch.labels, {}, batch.sample_numbers};
    const auto count = static_cast<Index>(samples) - masked;
    const auto numbers = arena_.take_span<std::uint64_t>(count);
    if (masked == 0) {
      std::iota(numbers.begin(), numbers.end(), std::uint64_t{0});
      return {batch.input, batch.labels, {}, numbers};
    }
    const auto input = arena_.take_span<T>(count * Model::input_size);
    const auto labels = arena_.take_span<std::int64_t>(count);
    for (std::size_t b = 0, live = 0; b < samples; ++b) {
      if (batch.mask[b] == 0) continue;
      std::ranges::copy(batch.input.subspan(b * size, size), input.subspan(live * size, size).begin());
      labels[live] = batch.labels[b];
      numbers[live++] = batch.sample_numbers.empty() ? b : batch.sample_numbers[b];
    }
    return {input, labels, {}, numbers};
  }

  TrainingOptions options_;
  Parameters<Model, T> parameters_, gradients_;
  AdamW<Model, T> optimizer_;
  Arena arena_;
  Index step_ = 0;
};

}  // namespace adatape::train
