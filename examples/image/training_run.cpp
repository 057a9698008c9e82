#include "training_run.hpp"

#include <fmt/format.h>

#include <set>

#include "../common/interrupt.hpp"
#include "../common/progress.hpp"
#include "../common/save_interval.hpp"
#include "batches.hpp"
#include "checkpoint_info.hpp"
#include "inference.hpp"
#include "picture_scan.hpp"
#include "registry.hpp"
#include "run_state.hpp"

namespace adatape::examples {

namespace {

/// Whether these are Fashion-MNIST's training images, by their number and by the mean and deviation of their 47 040 000 pixels: the pixels add up to
/// 3 431 114 169, their squares to 631 470 052 347, in units of 1/255. One pixel that differs by 1 moves the mean by 8e-11.
bool is_fashion_mnist(const PictureSet& images, const PixelStatistics& pixels) {
  return images.in_memory() && images.size() == 60000 && pixels.channels() == 1 && std::abs(pixels.mean[0] - 0.2860405969887955) < 1e-11 &&
         std::abs(pixels.deviation[0] - 0.3530242445149226) < 1e-10;
}

/// Throws Error that names the first difference unless a checkpoint at `path` recorded the class names that the data in `directory` have.
void require_same_classes(const std::vector<std::string>& recorded, const std::vector<std::string>& found, const std::string& path,
                          const std::string& directory) {
  const auto [there, here] = std::ranges::mismatch(recorded, found);
  const auto text = [](const auto& names, const auto& name) { return name == names.end() ? std::string("none") : io::in_quotes(*name); };
  require(there == recorded.end() && here == found.end(), path, " was trained on other classes than those in ", directory, ": wanted ", text(recorded, there),
          " as class ", here - found.begin(), ", found ", text(found, here));
}

class TrainingRun {
 public:
  /// `checkpoint` (null: a fresh run) is where to continue. The folder is locked by the caller and outlives this object.
  TrainingRun(const RunFlags& flags, const Recipe& recipe, const CompiledTrainer& model, RunDirectory& directory, const io::SafetensorsFile* checkpoint)
      : flags_(flags),
        recipe_(recipe),
        facts_(model.facts),
        directory_(directory),
        data_(load_image_data(flags.data, facts_, facts_.classes)),
        info_(describe(checkpoint)),
        table_(info_.pixels),
        sampler_(data_.train.size(), recipe.batch_size, recipe.seed),
        options_(recipe.options(sampler_.batches_per_epoch())),
        trainer_(model.make(options_)) {
    if (checkpoint)
      resume(*checkpoint);
    else if (!flags.init.empty())
      start_from(*open_checkpoint(flags.init));
    first_step_ = trainer_->step_number();
    batches_ = make_batches(data_.train, table_, sampler_, {recipe.augmentation, recipe.seed, flags.workers, flags.skip_broken});
  }

  /// Trains and reports; returns the program's exit code.
  int run() {
    fmt::print("{}: {} parameters, {} training and {} test images, {} steps in {} epochs{}\n", facts_.name, facts_.parameters, data_.train.size(),
               data_.test.size(), recipe_.epochs * sampler_.batches_per_epoch(), recipe_.epochs,
               state_.epoch + state_.batch > 0 ? fmt::format(", continued after epoch {} step {}", state_.epoch, first_step_) : "");
    const auto labels = data_.train.labels();
    const auto classes = static_cast<Index>(std::set(labels.begin(), labels.end()).size());
    if (classes < facts_.classes)
      fmt::print("the training images are of {} classes, {} has outputs for {}; the others will learn never to be the answer\n", classes, facts_.name,
                 facts_.classes);
    flush_output();
    Progress progress(recipe_.epochs * data_.train.size(), images_done(), "img");
    while (state_.epoch < recipe_.epochs) {
      if (!train_epoch(progress)) return stopped(progress);
      finish_epoch(progress);
    }
    report();
    return 0;
  }

 private:
  Index images_done() const { return state_.epoch * data_.train.size() + state_.images; }

  /// What checkpoints of this run say of themselves. Reads all training images, and leaves out those that cannot be read, if the run may. Throws Error if a
  /// run that is resumed (`checkpoint` is not null) had other images or other classes.
  CheckpointInfo describe(const io::SafetensorsFile* checkpoint) {
    if (flags_.class_names && data_.train.has_names())
      throw UsageError(fmt::format("--class-names: the classes in {} have names of their own", flags_.data.directory));
    const auto path = directory_.last().string();
    std::optional<CheckpointInfo> recorded;
    if (checkpoint) recorded = require_configuration(*checkpoint, path);
    if (recorded && data_.train.has_names()) require_same_classes(recorded->classes, data_.train.class_names(), path, flags_.data.directory);
    const auto scan = scan_pictures(data_.train, flags_.skip_broken);
    broken_ = data_.train.size() - std::ssize(scan.readable);
    if (broken_ > 0) fmt::print("leaving out {} training images that cannot be read, the first of them: {}\n", broken_, one_line(scan.broken));
    if (broken_ > 0) data_.train.keep(scan.readable);
    auto info = CheckpointInfo::of(facts_, recipe_.tau, recipe_.loss, scan.pixels);
    require(!recorded || recorded->pixels == info.pixels, path, " was trained on other images than those in ", flags_.data.directory);
    if (data_.train.has_names())
      info.classes = data_.train.class_names();
    else if (flags_.class_names)
      info.classes = *flags_.class_names;
    else if (recorded)
      info.classes = recorded->classes;
    else if (is_fashion_mnist(data_.train, info.pixels))
      info.classes = kFashionClasses;
    return info;
  }

  CheckpointInfo require_configuration(const io::SafetensorsFile& file, const std::string& path) const {
    auto recorded = CheckpointInfo::read(file);
    require(recorded.is_of(facts_), path, ": its configuration is not that of ", facts_.name);
    return recorded;
  }

  /// The weights of another run; everything else begins anew.
  void start_from(const io::SafetensorsFile& file) {
    require_configuration(file, flags_.init);
    trainer_->load(file, false);
  }

  void resume(const io::SafetensorsFile& file) {
    const auto path = directory_.last().string();
    state_ = RunState::read(file);
    const Index batches = sampler_.batches_per_epoch(), step = recorded_step(file);
    require(state_.epoch <= Index{1} << 40 && state_.batch < batches && state_.images <= data_.train.size() &&
                step == state_.epoch * batches + state_.batch,
            path, ": metadata \"progress\": it disagrees with metadata \"step\" or with the number of training images");
    if (state_.epoch > recipe_.epochs)
      throw UsageError(fmt::format("--epochs: {} has already had {} epochs, found {}", path, state_.epoch, recipe_.epochs));
    trainer_->load(file, true);
    trainer_->set_step_number(step);
    sampler_.seek(state_.epoch, state_.batch);
    directory_.resume_log("epoch", state_.epoch);
  }

  /// False if it was asked to stop before the epoch's end.
  bool train_epoch(Progress& progress) {
    const auto start = Clock::now();
    const Index before = state_.images;
    const double waited = batches_->seconds_waited();
    while (state_.batch < sampler_.batches_per_epoch()) {
      if (stop_signal != 0 || (flags_.stop_after > 0 && trainer_->step_number() >= flags_.stop_after)) return false;
      state_.add(trainer_->step(batches_->next()));
      if (save_every_.due()) save_last();
      if (progress.due()) progress.show(images_done(), fmt::format("epoch {}/{}", state_.epoch + 1, recipe_.epochs), training_text());
    }
    epoch_seconds_ = seconds_since(start);
    seconds_ += epoch_seconds_;
    waiting_ = (batches_->seconds_waited() - waited) / epoch_seconds_;
    epoch_speed_ = static_cast<double>(state_.images - before) / epoch_seconds_;
    images_ += state_.images - before;
    return true;
  }

  std::string training_text() const {
    const std::string text = fmt::format("loss {:.4f}  accuracy {:.2f} %", state_.mean_loss(), 100 * state_.accuracy());
    return facts_.reads_tape ? text + fmt::format("  tape length {:.2f}", state_.mean_tape_length()) : text;
  }

  void finish_epoch(Progress& progress) {
    test();
    const Index epoch = state_.epoch + 1;
    directory_.begin_saving();
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
                   {"rate", options_.schedule.rate(trainer_->step_number() - 1)},
                   {"images_per_second", epoch_speed_},
                   {"seconds", epoch_seconds_}};
    auto text = fmt::format("epoch {}/{}  {}  {:.0f} img/s  {}  test {:.2f} %", epoch, recipe_.epochs, minutes(epoch_seconds_), epoch_speed_, training_text(),
                            100 * result_.accuracy());
    if (!data_.train.in_memory()) describe_files(entry, text);
    directory_.add_to_log(entry);
    progress.keep(text);
    state_.next_epoch();
    save_last();
    progress.restart(images_done());
  }

  /// What is said of an epoch whose images were read from files.
  void describe_files(LogEntry& entry, std::string& text) const {
    entry.emplace_back("waiting", waiting_);
    text += fmt::format("  waiting for data {:.1f} %", 100 * waiting_);
    if (!flags_.skip_broken) return;
    const Index broken = broken_ + data_.train.size() - state_.images;
    entry.emplace_back("broken", broken);
    entry.emplace_back("test_broken", result_.broken);
    text += fmt::format("  left out {} training and {} test images", broken, result_.broken);
  }

  void test() {
    const auto start = Clock::now();
    result_ = test_model(*trainer_, recipe_.tau, data_.test, table_, flags_.skip_broken);
    test_speed_ = static_cast<double>(result_.count) / seconds_since(start);
  }

  io::Metadata metadata() const {
    io::Metadata metadata{{"model", facts_.name}, {"step", std::to_string(trainer_->step_number())}, {"training", recipe_.text()}};
    info_.write(metadata);
    return metadata;
  }

  void save_last() {
    directory_.begin_saving();
    auto all = metadata();
    all["progress"] = state_.text();
    trainer_->save(directory_.last(), all, true);
    save_every_.saved();
  }

  int stopped(Progress& progress) {
    const Index step = trainer_->step_number();
    if (step > first_step_) {
      save_last();
      progress.keep(fmt::format("stopped in epoch {} after step {}, saved as {}; --resume continues", state_.epoch + 1, step, directory_.last().string()));
    } else {
      progress.keep(fmt::format("stopped before the first step, nothing saved"));
    }
    return stop_signal != 0 ? 128 + stop_signal : 0;
  }

  void report() {
    if (result_.count == 0) test();
    fmt::print("test accuracy {:.2f} % on {} images (best {:.2f} % after epoch {})\n", 100 * result_.accuracy(), result_.count,
               100 * state_.best_accuracy, state_.best_epoch);
    if (facts_.longest > 0)
      fmt::print("{} mean {:.2f}, std {:.2f}, min {}, max {}\n", facts_.length_name, result_.mean_length, result_.length_deviation,
                 result_.shortest, result_.longest);
    if (images_ > 0) fmt::print("{:.0f} images/s in training, ", static_cast<double>(images_) / seconds_);
    fmt::print("{:.0f} images/s in testing, {:.2f} million MACs an image, peak memory {} MiB\n", test_speed_, result_.mean_macs / 1e6,
               peak_memory_mebibytes());
  }

  RunFlags flags_;
  SaveInterval save_every_{flags_.save_every};
  Recipe recipe_;
  const ModelFacts& facts_;
  RunDirectory& directory_;
  ImageData data_;
  Index broken_ = 0;  ///< training images that could not be read when the run began, and are not in data_
  CheckpointInfo info_;
  PixelTable table_;
  data::ShufflingSampler sampler_;
  train::TrainingOptions options_;
  std::unique_ptr<ModelTrainer> trainer_;
  std::unique_ptr<Batches> batches_;
  RunState state_;
  TestResult result_;
  Index first_step_ = 0;  ///< of this process
  Index images_ = 0;  ///< trained on by this process, in whole epochs
  double seconds_ = 0, epoch_seconds_ = 0, epoch_speed_ = 0, test_speed_ = 0;
  double waiting_ = 0;  ///< share of the epoch's time that was spent on waiting for images
};

}  // namespace

int run_training(const RunFlags& flags, const Recipe& recipe, const CompiledTrainer& model, RunDirectory& directory, const io::SafetensorsFile* checkpoint) {
  try {
    return TrainingRun(flags, recipe, model, directory, checkpoint).run();
  } catch (const Interrupted&) {
    fmt::print("stopped before the first step, nothing saved\n");
    return 128 + stop_signal;
  }
}

}  // namespace adatape::examples
