#include "run.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "../common/interrupt.hpp"
#include "../common/progress.hpp"
#include "../common/save_interval.hpp"
#include "adatape/data/parity.hpp"
#include "adatape/io/checkpoint.hpp"
#include "adatape/train/batch.hpp"
#include "adatape/train/options.hpp"

namespace adatape::examples {

std::vector<Setting> ParityRecipe::settings() {
  return {{"model", "adatape, vit (plain Transformer, each symbol a token), ut-act (Universal Transformer with ACT) or pondernet", &model, 0, 0,
           {"adatape", "vit", "ut-act", "pondernet"}},
          {"length", "symbols in a sequence: 16 or 32", &length, 16, 32},
          {"tape", "T, the most tape tokens of adatape: 8, 16 or 32", &tape, 8, 32},
          {"tau", "halting threshold of adatape; 0: T / 2", &tau, 0, 32},
          {"hidden", "token width: 64 or 128", &hidden, 64, 128},
          {"layers", "encoder blocks; of ut-act and pondernet: the most steps; 2, 4 or 6", &layers, 2, 6},
          {"steps", "training steps; the rate ends at 0 there", &steps, 1, kMostCount},
          {"batch-size", "samples a step", &batch_size, 1, 1e6, {}, "batch"},
          {"lr", "learning rate after warm-up", &lr, 0, 1e3},
          {"warmup-steps", "steps of linear warm-up", &warmup, 0, kMostCount, {}, "warmup"},
          {"ponder-weight", "weight of the ponder loss; of pondernet: of the divergence from its prior", &ponder_weight, 0, 1e9},
          {"seed", "of weights and samples", &seed}};
}

const CompiledTrainer& ParityRecipe::compiled() const {
  const auto sizes = fmt::format("{}-{}-{}-{}", model, length, hidden, layers), name = model == "adatape" ? fmt::format("{}-{}", sizes, tape) : sizes;
  const auto& trainers = compiled_trainers();
  const auto found = std::ranges::find_if(trainers, [&](const auto& trainer) { return trainer.facts.name == name; });
  if (found == trainers.end())
    throw UsageError(fmt::format("no model of this size is compiled in: --model {} --length {} --hidden {} --layers {} --tape {}", model, length, hidden,
                                 layers, tape));
  if (tau > 0 && tau > found->facts.largest_tau) throw UsageError(fmt::format("--tau: {} is out of range, {} takes at most {}", tau, name, found->facts.largest_tau));
  return *found;
}

train::TrainingOptions ParityRecipe::options() const {
  train::TrainingOptions options;
  options.objective = {.loss = ops::LossKind::sigmoid, .ponder_weight = ponder_weight};
  options.schedule = {train::Decay::cosine, lr, warmup, steps};
  options.settings.tau = tau;
  options.seed = seed;
  return options;
}

namespace {

class ParityRun {
 public:
  ParityRun(const ParityFlags& flags, const ParityRecipe& recipe, RunDirectory* directory, const io::SafetensorsFile* checkpoint)
      : flags_(flags), recipe_(recipe), facts_(recipe.compiled().facts), trainer_(recipe.compiled().make(recipe.options())), directory_(directory) {
    if (!checkpoint) return;
    const auto where = checkpoint->path() + ": metadata \"progress\"";
    const auto progress = io::parse_json(checkpoint->metadata("progress"), where);
    first_ = io::checkpoint_step(*checkpoint);
    require(first_ <= recipe.steps, checkpoint->path(), ": is at step ", first_, " of ", recipe.steps);
    since_ = io::json_integer<Index>(progress, "since", where, 0, std::min(first_, kInterval));
    loss_ = io::json_number(progress, "loss", where);
    correct_ = io::json_number(progress, "correct", where, 0);
    length_ = io::json_number(progress, "length", where, 0);
    trainer_->load(*checkpoint);
    trainer_->set_step_number(first_);
    directory_->resume_log("step", first_);
  }

  int run() {
    fmt::print("{}: {} parameters, length {}, seed {}{}\n", recipe_.model, facts_.parameters, recipe_.length, recipe_.seed,
               first_ > 0 ? fmt::format(", continued after step {}", first_) : "");
    flush_output();
    const auto start = Clock::now();
    for (Index step = first_; step < recipe_.steps; ++step) {
      if (stop_signal != 0 || (flags_.stop_after > 0 && step >= flags_.stop_after)) return stopped(step);
      train_on(step);
      if (since_ == kInterval || step + 1 == recipe_.steps) tell(step + 1, seconds_since(start));
      if (save_every_.due()) save(step + 1);
    }
    if (first_ < recipe_.steps) save(recipe_.steps);
    const auto [percent, length] = test(6400);
    fmt::print("final accuracy {:.2f} % on 6400 fresh samples, mean {} {:.1f}\n", percent, facts_.length_name, length);
    return 0;
  }

 private:
  static constexpr Index kInterval = 250;

  void train_on(Index step) {
    const data::ParityTask task{.length = recipe_.length, .seed = recipe_.seed, .set = 0};
    const auto size = static_cast<std::size_t>(facts_.input_size);
    input_.resize(static_cast<std::size_t>(recipe_.batch_size) * size);
    labels_.resize(static_cast<std::size_t>(recipe_.batch_size));
    for (std::size_t i = 0; i < labels_.size(); ++i)
      labels_[i] = task.sample<float>(static_cast<std::uint64_t>(step), i, std::span(input_).subspan(i * size, size));
    trainer_->accumulate({input_, labels_});
    const auto report = trainer_->apply();
    ++since_;
    loss_ += report.loss;
    correct_ += static_cast<double>(report.correct);
    length_ += report.mean_tape_length;
  }

  /// Accuracy in percent and mean tape length or number of steps on samples that training never sees.
  std::pair<double, double> test(Index count) const {
    const data::ParityTask task{.length = recipe_.length, .seed = recipe_.seed, .set = 1};
    std::vector<std::int64_t> labels(static_cast<std::size_t>(count));
    std::vector<char> right(labels.size());
    std::vector<Index> lengths(labels.size());
    const auto fill = [&](Index begin, Index end, float* input) {
      for (Index i = begin; i < end; ++i) {
        const std::span sample(input + (i - begin) * facts_.input_size, static_cast<std::size_t>(facts_.input_size));
        // The sets of earlier versions were drawn 640 at a time.
        labels[static_cast<std::size_t>(i)] = task.sample<float>(static_cast<std::uint64_t>(i / 640 * 640), static_cast<std::uint64_t>(i % 640), sample);
      }
    };
    trainer_->infer(count, recipe_.tau, fill, [&](Index i, const SampleResult& result) {
      const auto at = static_cast<std::size_t>(i);
      require(result.finite, "fresh sample ", i, ": the model's output is not finite, so it answers nothing (are the weights too large?)");
      right[at] = (result.logits[1] > result.logits[0]) == (labels[at] == 1);
      lengths[at] = result.length;
    });
    double sum = 0;
    for (Index length : lengths) sum += static_cast<double>(length);
    return {100 * static_cast<double>(std::ranges::count(right, char{1})) / static_cast<double>(count), sum / static_cast<double>(count)};
  }

  /// The line of the last steps, on the screen and in the log.
  void tell(Index steps, double seconds) {
    const double n = static_cast<double>(since_), rate = static_cast<double>(steps - first_) / seconds;
    const auto [fresh, tape] = test(1280);
    fmt::print("step {:>6}/{}  {:.0f} steps/s, {:.0f} s left  loss {:.4f}  accuracy {:.2f} % (fresh {:.2f} %)  mean tape length {:.2f}\n", steps,
               recipe_.steps, rate, static_cast<double>(recipe_.steps - steps) / rate, loss_ / n, 100 * correct_ / n / static_cast<double>(recipe_.batch_size),
               fresh, length_ / n);
    flush_output();
    if (directory_) {
      directory_->begin_saving();
      directory_->add_to_log({{"step", steps}, {"loss", loss_ / n}, {"accuracy", fresh}, {"mean_tape_length", length_ / n}});
    }
    loss_ = correct_ = length_ = 0;
    since_ = 0;
  }

  void save(Index steps) {
    if (!directory_) return;
    directory_->begin_saving();
    ParityRecipe copy = recipe_;
    const nlohmann::json progress{{"since", since_}, {"loss", loss_}, {"correct", correct_}, {"length", length_}};
    trainer_->save(directory_->last(),
                   {{"config", facts_.config}, {"step", std::to_string(steps)}, {"training", settings_text(copy.settings())}, {"progress", progress.dump()}}, true);
    save_every_.saved();
  }

  int stopped(Index step) {
    const bool kept = directory_ != nullptr && step > first_;
    if (kept) save(step);
    fmt::print("stopped after step {}, {}\n", step, kept ? "saved as " + directory_->last().string() + "; --resume continues" : "nothing saved");
    return stop_signal != 0 ? 128 + stop_signal : 0;
  }

  ParityFlags flags_;
  SaveInterval save_every_{flags_.save_every};
  ParityRecipe recipe_;
  const ModelFacts& facts_;
  std::unique_ptr<ModelTrainer> trainer_;
  RunDirectory* directory_;
  std::vector<float> input_;
  std::vector<std::int64_t> labels_;
  Index first_ = 0, since_ = 0;                ///< step that this process began with; steps since the last line
  double loss_ = 0, correct_ = 0, length_ = 0;  ///< sums over those steps
};

}  // namespace

int run_parity(const ParityFlags& flags, const ParityRecipe& recipe, RunDirectory* directory, const io::SafetensorsFile* checkpoint) {
  return ParityRun(flags, recipe, directory, checkpoint).run();
}

}  // namespace adatape::examples
