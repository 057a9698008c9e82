#pragma once
/// A training run, of which the caller takes each step.
#include <exception>
#include <limits>
#include <optional>

#include "adatape/core/initialise.hpp"
#include "adatape/core/model.hpp"
#include "adatape/train/adamw.hpp"
#include "adatape/train/batch_gradients.hpp"
#include "adatape/train/clipping.hpp"
#include "adatape/train/exchange.hpp"
#include "adatape/train/gather_state.hpp"
#include "adatape/train/options.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::train {

/// Parameters, optimizer, average and memory of a run. A trainer is for one thread at a time; it uses all cores itself. A run is resumed by restoring the
/// parameters, the state of the optimizer, the average, and the step number. A trainer that was moved from may only be assigned to or destroyed.
///
/// A step has three parts. step() does all of them:
///     zero_gradients();  accumulate(batch);  apply();
/// accumulate may be called several times before apply. Between the calls the gradients can be read and changed.
///
/// Policies: what is minimised (objective.hpp), how parameters follow gradients (optimizer.hpp), and how processes meet (exchange.hpp).
template <class Model, class T = float, class ObjectiveType = CrossEntropy, template <class, class> class OptimizerType = AdamW,
          class ExchangeType = NoExchange>
class Trainer {
  static_assert(TrainableModel<Model, T>, "Trainer: the model must have the members that adatape/core/model.hpp lists for TrainableModel");
  static_assert(Objective<ObjectiveType, T, typename Model::template Output<T>>,
                "Trainer: the objective must have the members that adatape/train/objective.hpp lists, for the outputs of this model");
  static_assert(Optimizer<OptimizerType<Model, T>, Parameters<Model, T>>,
                "Trainer: the optimizer must have the members that adatape/train/optimizer.hpp lists");
  static_assert(Exchange<ExchangeType, T>, "Trainer: the exchange must have the members that adatape/train/exchange.hpp lists");

 public:
  /// All options of this run, those of the objective and of the optimizer included.
  using Options = BasicTrainingOptions<ObjectiveType, typename OptimizerType<Model, T>::Options>;
  /// The samples of a step.
  using Batch = train::Batch<T, typename Model::template Input<T>, typename ObjectiveType::template Targets<T>>;

  /// Draws the parameters from options.seed. The bias of the head starts as the objective needs it (CrossEntropy::initial_logit). Throws
  /// Error where set_options does, and std::bad_alloc where there is no memory.
  explicit Trainer(const Options& options, ExchangeType exchange = {})
      : exchange_(std::move(exchange)),
        ranges_(checked_ranges(options)),
        owned_(owned_ranges(ranges_, exchange_)),
        optimizer_(optimizer_for<OptimizerType<Model, T>>(owned_)) {
    set_options(options);
    initialise(parameters_, options.seed);
    if constexpr (requires { Model::set_initial_logit(*parameters_, T(options.objective.initial_logit(Model::template Output<T>::classes))); })
      Model::set_initial_logit(*parameters_, static_cast<T>(options.objective.initial_logit(Model::template Output<T>::classes)));
    if (average_) *average_ = parameters_;
  }

  /// One training step: zero_gradients, accumulate, apply. Throws as these do.
  StepReport step(const Batch& batch) {
    zero_gradients();
    accumulate(batch);
    return apply();
  }

  /// Forgets all gradients. The next accumulate starts from 0.
  void zero_gradients() { gradients_.zero(); }

  /// Forward and backward: adds to the gradients those of the sum, over the samples of the batch, of weight times loss. Returns the means over this batch.
  /// Parameters, optimizer and step number do not change.
  ///
  /// Throws Error where the batch does not fit the model or the objective (check_targets); the gradients have not changed then. Throws what an objective, a
  /// model or an exchange of one's own throws while the batch is computed; the gradients are 0 then, as after zero_gradients, so those of earlier batches are
  /// lost. Throws std::bad_alloc where there is no memory; the gradients have not changed or are 0 then, and accumulated_weight() tells which.
  ///
  /// A batch is cut into leaves (options.leaves), and a leaf into parts. A part goes forward and then backward, while its activations are still in cache. So
  /// memory is needed for one part only. Each core computes leaves of its own; with more cores than leaves, all cores compute one leaf after the other. How a
  /// batch is cut depends neither on the number of cores nor on that of processes, so bits do not either. With one leaf, batches that are cut at the same
  /// samples give the same bits as one batch of all their samples.
  ///
  /// In a run of several processes, all call this function, each with the samples that positions() tells. The report is that of the whole batch.
  BatchReport accumulate(const Batch& batch) {
    const Pass pass{.settings = options_.settings, .seed = options_.seed, .step = step_, .products = options_.products, .lowest_depth = lowest_depth_};
    return report_of(gradients_.accumulate(parameters_, options_.objective, batch, pass, options_.values_at_once, options_.leaves, exchange_));
  }

  /// The positions of the samples that this process gives to accumulate, of a batch of `whole` samples. Throws Error where there are fewer leaves than
  /// processes.
  Share positions(Index whole) {
    const Index leaves = options_.leaves == 0 ? 1 : std::clamp(whole, Index{1}, options_.leaves);
    return samples_in(exchange_.leaves(leaves), leaves, whole);
  }

  /// The gradient, summed over all samples since zero_gradients and not divided by their weight, before clipping. It may be changed: apply uses what is here.
  /// Gradients of frozen tensors mean nothing: backward ends at the trained tensor that is nearest to the input.
  /// Valid until the next accumulate, apply or zero_gradients.
  Parameters<Model, T>& gradients() { return gradients_.gradients(); }
  /// The sum of the weights of all samples since zero_gradients. gradients() divided by it is the mean gradient.
  double accumulated_weight() const { return gradients_.totals().weight; }

  /// Clipping, and the update of parameters, optimizer, average and step number, with the mean gradient over all samples since zero_gradients. Where the sum
  /// of their weights is 0, nothing changes. The gradients stay as they are until zero_gradients. Throws Error, with parameters, optimizer, average and step
  /// number unchanged, unless
  ///  - loss, gradient norm and rate are finite,
  ///  - the square of the norm, after clipping, is below the largest T,
  ///  - the optimizer takes the step.
  /// Throws Error after the change, with step number and average unchanged, where a weight or a second moment is no longer finite. With Sgd that takes a rate
  /// times velocity that overflows. With AdamW it takes restored moments that no training makes, or beta1^2 above beta2, which lets m / sqrt(v) of a parameter
  /// without gradients grow. Throws std::bad_alloc where there is no memory.
  StepReport apply() {
    StepReport report{report_of(gradients_.totals())};
    if (report.weight == 0) return report;
    report.gradient_norm = gradients_.norm(ranges_, exchange_) / report.weight;
    require(std::isfinite(report.loss) && std::isfinite(report.gradient_norm), "training step ", step_, ": loss ", report.loss, ", gradient norm ",
            report.gradient_norm, "; wanted finite values (is the learning rate too high, or the input not normalised?)");
    report.rate = options_.schedule.rate(step_);
    require(std::isfinite(static_cast<T>(report.rate)), "training step ", step_, ": wanted a finite learning rate, found ", report.rate);
    const double clip = clip_factor(report.gradient_norm, options_.clip_norm), norm = report.gradient_norm * clip;
    constexpr double largest_norm = static_cast<double>(std::numeric_limits<T>::max());
    require(norm * norm < largest_norm, "training step ", step_, ": wanted a gradient whose square is less than ", largest_norm, ", found a norm of ", norm);
    update({.number = step_, .rate = report.rate, .gradient_scale = clip / report.weight, .ranges = owned_});
    ++step_;
    if (average_) update_average(*average_, parameters_, options_.average.decay_after(step_));
    return report;
  }

  /// The parameters. They may be changed between two steps, as resuming does. The reference is valid as long as the trainer is neither moved nor destroyed.
  ///@{
  Parameters<Model, T>& parameters() { return parameters_; }
  const Parameters<Model, T>& parameters() const { return parameters_; }
  ///@}
  /// The optimizer. It may be changed, and the reference is valid, as that of parameters(). In a run of several processes it has the state of the chunks that
  /// this process updates.
  ///@{
  OptimizerType<Model, T>& optimizer() { return optimizer_; }
  const OptimizerType<Model, T>& optimizer() const { return optimizer_; }
  ///@}
  /// The optimizer with the state of all processes, which call this function together. Throws std::bad_alloc where there is no memory.
  OptimizerType<Model, T> whole_optimizer() { return gather_state<Parameters<Model, T>>(optimizer_, owned_, ranges_, exchange_); }
  /// Calls restore(optimizer), which gives an optimizer the state of all trained tensors. This process keeps what it updates. Throws what `restore` throws, and
  /// std::bad_alloc where there is no memory; nothing has changed then, unless `restore` has changed it.
  template <class Restore>
  void restore_optimizer(const Restore& restore) {
    if (exchange_.processes() == 1) return restore(optimizer_);
    auto whole = optimizer_for<OptimizerType<Model, T>>(ranges_);
    restore(whole);
    if constexpr (requires { whole.set_ranges(std::span<const ParameterRange>(owned_)); }) whole.set_ranges(owned_);
    optimizer_ = std::move(whole);
  }
  /// What the constructor was given, valid as long as the trainer is neither moved nor destroyed.
  ExchangeType& exchange() { return exchange_; }
  /// The moving average of the parameters; null unless options.average.decay is greater than 0. Valid as
  /// parameters() are, at most until set_options ends averaging.
  ///@{
  Parameters<Model, T>* average() { return average_ ? &*average_ : nullptr; }
  const Parameters<Model, T>* average() const { return average_ ? &*average_ : nullptr; }
  ///@}
  /// The options in force. objective.ponder_weight of CrossEntropy is never empty: where it was, it is that of the configuration.
  const Options& options() const { return options_; }
  /// Replaces all options from the next accumulate on. CrossEntropy without a ponder weight takes that of the configuration. An average starts from the
  /// parameters of this moment. The optimizer's state follows the rules: it stays where a tensor is still trained, starts at 0 where a tensor is trained anew,
  /// and is gone where a tensor is frozen. Throws Error where check(options) does, where the optimizer refuses its options as numbers of T (check_as<T>), where
  /// the objective's do not fit the outputs of the model (check_outputs), where the model refuses the settings, and where a rule is refused (rules.hpp), and
  /// std::bad_alloc where there is no memory. Nothing has changed then.
  void set_options(const Options& options) {
    auto ranges = checked_ranges(options), owned = owned_ranges(ranges, exchange_);
    Options taken = options;
    if constexpr (requires { taken.objective.ponder_weight = Model::Config::ponder_weight; })
      if (!taken.objective.ponder_weight) taken.objective.ponder_weight = Model::Config::ponder_weight;
    std::optional<Parameters<Model, T>> average;
    if (options.average.decay > 0 && !average_) average.emplace(parameters_);
    if constexpr (requires { optimizer_.set_ranges(std::span<const ParameterRange>(owned)); }) optimizer_.set_ranges(owned);
    if (average || options.average.decay == 0) average_ = std::move(average);  // what may throw is done
    options_ = std::move(taken);
    ranges_ = std::move(ranges);
    owned_ = std::move(owned);
    lowest_depth_ = lowest_trained_depth(ranges_);
  }
  Index step_number() const { return step_; }  ///< number of the next step, from 0
  /// Sets the number of the next step. It decides rate, random draws and the corrections of AdamW. Throws Error if `step` is negative.
  void set_step_number(Index step) {
    require(step >= 0, "Trainer::set_step_number: wanted a number of at least 0, found ", step);
    step_ = step;
  }
  /// The most bytes of activations and scratch that the cores' workers have taken so far: the sum over the workers of each one's peak.
  std::size_t peak_arena_bytes() const { return gradients_.peak_arena_bytes(); }

 private:
  /// The ranges of the rules. Throws Error where set_options does.
  static std::vector<ParameterRange> checked_ranges(const Options& options) {
    check(options);
    if constexpr (requires { check_as<T>(options.optimizer); }) check_as<T>(options.optimizer);
    using Output = typename Model::template Output<T>;
    if constexpr (requires { options.objective.template check_outputs<Output, T>(); }) options.objective.template check_outputs<Output, T>();
    require((std::is_same_v<T, float>) || options.products == Products::f32, "training options: products of bf16 need a model of float");
    check_settings<Model>(options.settings);
    return parameter_ranges(Parameters<Model, T>::layout(), Parameters<Model, T>::flat_size, options.rules);
  }
  /// The least depth of a tensor that is trained, from which backward need not go on.
  static int lowest_trained_depth(std::span<const ParameterRange> ranges) {
    int lowest = std::numeric_limits<int>::max();
    for (const LayoutEntry& entry : Parameters<Model, T>::layout()) {
      const auto range = std::ranges::find_if(ranges, [&](const ParameterRange& each) { return entry.offset < each.end; });
      if (range->rule.trained) lowest = std::min(lowest, depth_of<Model>(entry));
    }
    return lowest;
  }
  static BatchReport report_of(const BatchTotals& totals) {
    const double share = totals.weight > 0 ? 1 / totals.weight : 1;
    return {totals.loss * share, totals.weight, static_cast<Index>(totals.counted), static_cast<Index>(totals.correct), totals.tape_length * share,
            totals.ponder * share};
  }

  /// The update of the chunks that this process owns. Those of the others come from them.
  void update(const UpdateStep& step) {
    std::exception_ptr failure;
    try {
      optimizer_.update(parameters_, gradients_.gradients(), options_.optimizer, step);
    } catch (const Error&) {
      failure = std::current_exception();
    }
    const Index failures = exchange_.sum(failure ? 1 : 0);
    if (failure) std::rethrow_exception(failure);
    require(failures == 0, "training step ", step_, ": the update failed in ", failures, " other processes");
    if (exchange_.processes() > 1) exchange_.gather_chunks(parameters_.flat(), kExchangeChunk);
  }
  /// The ranges with `trained` only where this process owns the chunks.
  static std::vector<ParameterRange> owned_ranges(const std::vector<ParameterRange>& ranges, ExchangeType& exchange) {
    if (exchange.processes() == 1) return ranges;
    std::vector<ParameterRange> owned;
    for (const ParameterRange& range : ranges)
      for (Index begin = range.begin; begin < range.end;) {
        const Index chunk = begin / kExchangeChunk, end = std::min(range.end, (chunk + 1) * kExchangeChunk);
        ParameterRange part{begin, end, range.rule};
        part.rule.trained = range.rule.trained && owner_of(chunk, exchange.processes()) == exchange.process();
        owned.push_back(part);
        begin = end;
      }
    return owned;
  }

  Options options_;
  BatchGradients<Model, T> gradients_;
  ExchangeType exchange_;                       ///< behind gradients_, so destroyed before them: a sum that was given up may be at work in their buffers
  std::vector<ParameterRange> ranges_, owned_;  ///< of all processes; with only the chunks of this one trained
  Parameters<Model, T> parameters_;
  OptimizerType<Model, T> optimizer_;
  std::optional<Parameters<Model, T>> average_;
  Index step_ = 0;
  int lowest_depth_ = 0;
};

}  // namespace adatape::train
