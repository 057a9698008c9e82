#include "training_run.hpp"

#include <fmt/format.h>

#include <type_traits>

#include "../common/agreement.hpp"
#include "../common/progress.hpp"
#include "../common/same_run.hpp"
#include "../common/save_interval.hpp"
#include "../common/watched_lengths.hpp"
#include "../report/run_report.hpp"
#include "batches.hpp"
#include "inference.hpp"
#include "mixing.hpp"
#include "run_pictures.hpp"
#include "run_state.hpp"

namespace adatape::examples {

namespace {

class TrainingRun {
 public:
  /// `checkpoint` (null: a fresh run) is where to continue. The folder is locked by the caller and outlives this object.
  TrainingRun(ProcessGroup& group, const RunFlags& flags, const Recipe& recipe, const CompiledTrainer& model, RunDirectory& directory,
              const io::SafetensorsFile* checkpoint)
      : group_(group),
        flags_(flags),
        recipe_(recipe),
        facts_(model.facts),
        directory_(directory),
        pictures_(prepare(checkpoint)),
        table_(pictures_.info.pixels),
        sampler_(training().size(), recipe.batch_size, recipe.part_size(), recipe.seed, recipe.drop_last ? data::LastBatch::drop : data::LastBatch::keep),
        options_(recipe.options(sampler_.batches_per_epoch(), pictures_.info.class_count, facts_)),
        trainer_(model.make(options_, group)) {
    check_leaves(group, recipe.leaves, sampler_.smallest_part());
    if (checkpoint)
      resume(*checkpoint);
    else if (!flags.init.empty())
      start_from(*open_checkpoint(flags.init));
    first_step_ = saved_step_ = trainer_->step_number();
    if (!group.is_alone()) require_same_values(group, trainer_->fingerprint(), "weights");  // from here on all have read the checkpoint, and it may be replaced
    if (group.is_first()) report_.emplace(ReportSubject{facts_, pictures_.info, pictures_.data.test, recipe_.text(), pictures_.info.class_count}, directory_);
    const auto positions = [this](Index whole) {
      const auto own = trainer_->positions(whole);
      return recipe_.mixing.acts() ? mixed_positions(own, recipe_.mixing.paired(whole)) : own_positions(own);
    };
    batches_ = make_batches(training(), table_, {sampler_, positions}, {recipe.augmentation, recipe.seed, flags.workers, flags.skip_broken});
    if (recipe.mixing.acts())
      batches_ = std::make_unique<MixedBatches>(std::move(batches_), recipe.mixing, facts_.height, facts_.width, facts_.channels,
                                                pictures_.info.class_count, recipe.seed);
  }

  /// Trains and reports; returns the program's exit code.
  int run() {
    fmt::print("{}: {} parameters, {} training and {} test images, {} steps in {} epochs{}\n", facts_.name, facts_.parameters, training().size(),
               pictures_.data.test.size(), recipe_.epochs * sampler_.batches_per_epoch(), recipe_.epochs,
               state_.epoch + state_.batch > 0 ? fmt::format(", continued after epoch {} step {}", state_.epoch, first_step_) : "");
    if (pictures_.info.class_count < facts_.classes)
      fmt::print("the images are of {} classes; {} has outputs for {}, of which the others take no part\n", pictures_.info.class_count, facts_.name,
                 facts_.classes);
    flush_output();
    Progress progress(recipe_.epochs * sampler_.samples_per_epoch(), images_done(), "img");
    try {
      while (state_.epoch < recipe_.epochs) {
        if (!or_save([&] { return train_epoch(progress); })) return stopped(progress);
        or_save([&] { test(); });
        finish_epoch(progress);
      }
      report();
    } catch (const Interrupted& interrupted) {  // in a test, which --resume repeats
      signal_ = interrupted.signal;
      return stopped(progress);
    }
    return 0;
  }

 private:
  const PictureSet& training() const { return pictures_.data.train; }
  Index images_done() const { return state_.epoch * sampler_.samples_per_epoch() + state_.images + part_images_; }

  RunPictures prepare(const io::SafetensorsFile* checkpoint) const {
    std::optional<CheckpointInfo> recorded;
    if (checkpoint) recorded = CheckpointInfo::read_of(*checkpoint, facts_);
    return prepare_pictures(group_, flags_, recipe_, facts_, recorded ? &*recorded : nullptr, directory_.last().string());
  }

  /// The weights of another run, as far as they fit; everything else begins anew.
  void start_from(const io::SafetensorsFile& file) {
    fmt::print("{}: {}\n", one_line(flags_.init), trainer_->initialise_from(file, !pictures_.info.has_classes_of(file)));
    const auto recorded = CheckpointInfo::read_if_recorded(file);
    const auto otherwise = recorded ? pictures_.info.pictures_otherwise(*recorded) : std::string();
    if (recorded && otherwise.empty()) fmt::print("{}: pictures are made as it says: fit {}\n", one_line(flags_.init), recorded->fit.text());
    if (!otherwise.empty() && group_.is_first()) fmt::print(stderr, "warning: pictures are made otherwise than for {}: {}\n", one_line(flags_.init), otherwise);
    if (has_average(file) && group_.is_first())
      fmt::print(stderr, "warning: {}: its trained weights are taken, not their moving average, which best.safetensors of that run has\n",
                 one_line(flags_.init));
  }

  void resume(const io::SafetensorsFile& file) {
    const auto path = directory_.last().string();
    state_ = RunState::read(file);
    const Index batches = sampler_.batches_per_epoch(), step = recorded_step(file);
    require(state_.epoch <= Index{1} << 40 && state_.batch <= batches && state_.images <= training().size() && step == state_.epoch * batches + state_.batch,
            path, ": metadata \"progress\": it disagrees with metadata \"step\" or with the number of training images");
    if (state_.epoch > recipe_.epochs) throw UsageError(fmt::format("--epochs: {} has already had {} epochs, found {}", path, state_.epoch, recipe_.epochs));
    trainer_->load(file);
    trainer_->set_step_number(step);
    sampler_.seek(state_.epoch, state_.batch);
    directory_.resume_log("epoch", state_.epoch);
  }

  /// Returns work(). Where that fails, for example at a picture that cannot be read any more, the steps up to there are saved first. Processes save together,
  /// so an error that one of them has alone is not followed by that.
  template <class Work>
  std::invoke_result_t<const Work&> or_save(const Work& work) {
    try {
      return work();
    } catch (const Error&) {
      if (!group_.is_alone() && !all_fail_) throw;
      try {
        if (trainer_->step_number() > saved_step_) save_last();
      } catch (const Error&) {  // what failed first is what has to be said
      }
      throw;
    }
  }

  /// False if it was asked to stop before the epoch's end.
  bool train_epoch(Progress& progress) {
    epoch_start_ = Clock::now();
    waited_before_ = batches_->seconds_waited();
    const Index before = state_.images;
    while (state_.batch < sampler_.batches_per_epoch()) {
      if (flags_.stop_after > 0 && trainer_->step_number() >= flags_.stop_after) return false;
      if (!step(progress)) return false;
      if (save_every_.due()) save_last();
      if (progress.due()) show(progress);
    }
    epoch_seconds_ = seconds_since(epoch_start_);
    seconds_ += epoch_seconds_;
    waiting_ = share_of_waiting();
    epoch_images_ = state_.images - before;
    images_ += epoch_images_;
    return true;
  }

  /// One step over all parts of the next batch. False if it was asked to stop before its end; the step counts for nothing then.
  bool step(Progress& progress) {
    for (Index part = sampler_.parts_of(state_.batch); part > 0; --part) {
      LoadedBatch loaded;
      all_fail_ = true;
      signal_ = work_together(group_, [&] { loaded = batches_->next(); });
      if (signal_ != 0) {
        trainer_->forget();
        part_images_ = 0;
        return false;
      }
      if (flags_.skip_broken) require_readable(loaded);
      all_fail_ = false;
      trainer_->accumulate(loaded.batch);
      part_images_ += loaded.batch.whole;
      if (part > 1 && progress.due()) show(progress);
    }
    part_images_ = 0;
    all_fail_ = true;
    const auto report = trainer_->apply();
    all_fail_ = false;
    state_.add(report);
    if (const auto warning = watch_ ? watch_->add(report) : std::nullopt) progress.keep(fmt::format("step {}: {}", trainer_->step_number(), *warning));
    return true;
  }

  /// Throws Error in all processes where none of them can read a picture of the part.
  void require_readable(const LoadedBatch& loaded) {
    const auto weights = loaded.batch.weights;
    const bool readable = weights.empty() || std::ranges::any_of(weights, [](float weight) { return weight != 0; });
    require(group_.largest(readable ? 1 : 0) == 1, "none of the ", loaded.batch.whole, " images of a batch can be read; one of them: ", loaded.broken);
  }

  /// The share of this epoch's time that was spent on waiting for images.
  double share_of_waiting() const { return (batches_->seconds_waited() - waited_before_) / seconds_since(epoch_start_); }

  void show(Progress& progress) const {
    auto text = training_text();
    if (!training().in_memory()) text += fmt::format("  waiting {:.1f} %", 100 * share_of_waiting());
    progress.show(images_done(), fmt::format("epoch {}/{}", state_.epoch + 1, recipe_.epochs), text);
  }

  std::string training_text() const {
    if (state_.images == 0) return fmt::format("step {}", trainer_->step_number());
    const std::string text = fmt::format("loss {:.4f}  accuracy {:.2f} %", state_.mean_loss(), 100 * state_.accuracy());
    return facts_.reads_tape ? text + fmt::format("  tape length {:.2f}", state_.mean_tape_length()) : text;
  }

  /// When the model has been tested. Weights whose outputs are not finite take the place of no others.
  void finish_epoch(Progress& progress) {
    result_.require_finite();
    const Index epoch = state_.epoch + 1;
    if (directory_.saves_first()) save_last();  // --resume tests this epoch again
    if (result_.accuracy() > state_.best_accuracy) {
      state_.best_accuracy = result_.accuracy();
      state_.best_epoch = epoch;
      trainer_->save(directory_.best(), metadata(), false);
    }
    LogEntry entry{{"epoch", epoch},
                   {"step", trainer_->step_number()},
                   {"loss", state_.mean_loss()},
                   {"accuracy", state_.accuracy()},
                   {"test_accuracy", result_.accuracy()},
                   {"length", result_.mean_length},
                   {"length_deviation", result_.length_deviation},
                   {"macs", result_.mean_macs},
                   {"rate", options_.schedule.rate(trainer_->step_number() - 1)}};
    std::string speed;
    if (epoch_images_ > 0) {  // else the process before this one trained all of the epoch
      const double images_per_second = static_cast<double>(epoch_images_) / epoch_seconds_;
      entry.emplace_back("images_per_second", images_per_second);
      entry.emplace_back("seconds", epoch_seconds_);
      speed = fmt::format("{}  {} img/s  ", minutes(epoch_seconds_), rate_text(images_per_second));
    }
    auto text = fmt::format("epoch {}/{}  {}{}  test {:.2f} %", epoch, recipe_.epochs, speed, training_text(), 100 * result_.accuracy());
    if (!training().in_memory()) describe_files(entry, text);
    directory_.add_to_log(entry);
    state_.next_epoch();
    save_last();
    progress.keep(text);
    if (report_) report_->after_epoch(*trainer_, result_, state_.epoch == recipe_.epochs);
    progress.restart(images_done());
  }

  /// What is said of an epoch whose images were read from files.
  void describe_files(LogEntry& entry, std::string& text) const {
    entry.emplace_back("waiting", waiting_);
    text += fmt::format("  waiting for data {:.1f} %", 100 * waiting_);
    if (!flags_.skip_broken) return;
    const Index broken = pictures_.broken + sampler_.samples_per_epoch() - state_.images;
    entry.emplace_back("broken", broken);
    entry.emplace_back("test_broken", result_.broken);
    text += fmt::format("  left out {} training and {} test images", broken, result_.broken);
  }

  void test() {
    const auto start = Clock::now();
    const auto where = fmt::format("epoch {}/{} test", std::min(state_.epoch + 1, recipe_.epochs), recipe_.epochs);
    all_fail_ = true;
    result_ = test_model(group_, *trainer_, recipe_.tau, pictures_.data.test, table_, pictures_.info.class_count, flags_.skip_broken, where);
    all_fail_ = false;
    test_speed_ = static_cast<double>(result_.count) / seconds_since(start);
  }

  io::Metadata metadata() const {
    io::Metadata metadata{{"model", facts_.name}, {"step", std::to_string(trainer_->step_number())}, {"training", recipe_.text()}};
    pictures_.info.write(metadata);
    return metadata;
  }

  void save_last() {
    auto all = metadata();
    all["progress"] = state_.text();
    trainer_->save(directory_.last(), all, true);
    directory_.saved();
    save_every_.saved();
    saved_step_ = trainer_->step_number();
  }

  int stopped(Progress& progress) {
    const Index step = trainer_->step_number();
    const auto last = one_line(directory_.last().string());
    if (step > first_step_) {
      save_last();
      progress.keep(fmt::format("stopped in epoch {} after step {}, saved as {}; --resume continues", state_.epoch + 1, step, last));
    } else if (step > 0) {
      progress.keep(fmt::format("stopped before step {}, {} is as it was; --resume continues", step + 1, last));
    } else {
      progress.keep("stopped before the first step, nothing saved");
    }
    return signal_ != 0 ? 128 + signal_ : 0;
  }

  void report() {
    if (result_.count == 0) {
      test();
      result_.require_finite();
      if (report_) report_->finish(*trainer_, result_);
    }
    fmt::print("test accuracy {:.2f} % on {} images (best {:.2f} % after epoch {})\n", 100 * result_.accuracy(), result_.count, 100 * state_.best_accuracy,
               state_.best_epoch);
    if (facts_.longest > 0)
      fmt::print("{} mean {:.2f}, std {:.2f}, min {}, max {}\n", facts_.length_name, result_.mean_length, result_.length_deviation, result_.shortest,
                 result_.longest);
    if (images_ > 0) fmt::print("{} images/s in training, ", rate_text(static_cast<double>(images_) / seconds_));
    fmt::print("{} images/s in testing, {:.2f} million MACs an image, peak memory {} MiB\n", rate_text(test_speed_), result_.mean_macs / 1e6,
               peak_memory_mebibytes());
  }

  ProcessGroup& group_;
  RunFlags flags_;
  SaveInterval save_every_{flags_.save_every, group_};
  Recipe recipe_;
  const ModelFacts& facts_;
  RunDirectory& directory_;
  RunPictures pictures_;
  PixelTable table_;
  PartSampler sampler_;
  train::TrainingOptions options_;
  std::unique_ptr<ModelTrainer> trainer_;
  std::optional<train::LengthWatch> watch_ = watch_lengths(facts_, options_.settings);
  std::unique_ptr<Batches> batches_;
  RunState state_;
  TestResult result_;
  std::optional<RunReport> report_;  ///< of the first process
  int signal_ = 0;                   ///< that asked to stop
  bool all_fail_ = false;            ///< whether what fails now fails in all processes
  Index first_step_ = 0;   ///< of this process
  Index saved_step_ = 0;   ///< in last.safetensors
  Index part_images_ = 0;  ///< of the step that is not finished
  Index images_ = 0;       ///< trained on by this process, in whole epochs
  Index epoch_images_ = 0;  ///< of these, in the last epoch
  double seconds_ = 0, epoch_seconds_ = 0, test_speed_ = 0;
  double waited_before_ = 0;  ///< seconds of waiting before this epoch
  Clock::time_point epoch_start_;
  double waiting_ = 0;  ///< share of the epoch's time that was spent on waiting for images
};

}  // namespace

int run_training(ProcessGroup& group, const RunFlags& flags, const Recipe& recipe, const CompiledTrainer& model, RunDirectory& directory,
                 const io::SafetensorsFile* checkpoint) {
  try {
    return TrainingRun(group, flags, recipe, model, directory, checkpoint).run();
  } catch (const Interrupted& interrupted) {
    fmt::print("stopped before the first step, nothing saved\n");
    return 128 + interrupted.signal;
  }
}

}  // namespace adatape::examples
