#pragma once
/// A training run from the first image to the last line of its report.
#include "adatape/data/sampler.hpp"
#include "batch_loader.hpp"
#include "checkpoint_info.hpp"
#include "inference.hpp"
#include "interrupt.hpp"
#include "progress.hpp"
#include "recipe.hpp"
#include "run_directory.hpp"
#include "run_state.hpp"

namespace adatape::examples {

/// Flags of a run that are no settings of its training.
struct RunFlags {
  std::string data = "/usr/share/datasets/fashion-mnist", out = "out/train";
  std::string init;  ///< checkpoint whose weights a fresh run starts from; none: random weights
  std::vector<std::string> class_names = kFashionClasses;
  int threads = 0;
  Index stop_after = 0;
};

template <class Config>
class TrainingRun {
 public:
  using Model = model::Classifier<Config>;

  /// `checkpoint` (null: a fresh run) is where to continue.
  TrainingRun(const RunFlags& flags, const Recipe& recipe, const io::SafetensorsFile* checkpoint)
      : flags_(flags),
        recipe_(recipe),
        training_images_(load(data::Split::train)),
        test_images_(load(data::Split::test)),
        info_(CheckpointInfo::of<Config>(recipe.tau, recipe.loss, flags.class_names, pixel_statistics(training_images_.pixels))),
        table_(info_.pixels),
        sampler_(training_images_.count, recipe.batch_size, recipe.seed),
        loader_(training_images_, table_, recipe.augmentation, recipe.seed),
        trainer_(recipe.options<Config>(sampler_.batches_per_epoch())),
        directory_(flags.out) {
    if (checkpoint)
      resume(*checkpoint);
    else if (!flags.init.empty())
      start_from(io::SafetensorsFile::open(flags.init));
  }

  /// Trains and reports; returns the program's exit code.
  int run() {
    fmt::print("{}: {} parameters, {} training and {} test images, {} steps in {} epochs{}\n", Config::name, Parameters<Model, float>::count,
               training_images_.count, test_images_.count, recipe_.epochs * sampler_.batches_per_epoch(), recipe_.epochs,
               state_.epoch + state_.batch > 0 ? fmt::format(", continued after epoch {} step {}", state_.epoch, trainer_.step_number()) : "");
    Progress progress(recipe_.epochs * training_images_.count, images_done());
    while (state_.epoch < recipe_.epochs) {
      if (!train_epoch(progress)) return stopped(progress);
      finish_epoch(progress);
    }
    report();
    return 0;
  }

 private:
  data::ImageDataset load(data::Split split) const {
    auto images = data::load_idx_dataset(flags_.data, split, Model::classes);
    require_image_size<Model>(images.height, images.width, flags_.data);
    return images;
  }

  Index images_done() const { return state_.epoch * training_images_.count + state_.images; }

  static CheckpointInfo require_configuration(const io::SafetensorsFile& file) {
    auto recorded = CheckpointInfo::read(file);
    require(is_configuration<Config>(recorded.config), file.path(), ": its configuration is not that of ", Config::name);
    return recorded;
  }

  /// The weights of another run; everything else begins anew.
  void start_from(const io::SafetensorsFile& file) {
    require_configuration(file);
    io::load_checkpoint(file, trainer_.parameters());
  }

  void resume(const io::SafetensorsFile& file) {
    const auto recorded = require_configuration(file);
    require(recorded.pixels == info_.pixels, file.path(), " was trained on other images than those in ", flags_.data);
    auto& optimizer = trainer_.optimizer();
    io::load_checkpoint(file, trainer_.parameters(), io::Stored{"adamw/m/", optimizer.first}, io::Stored{"adamw/v/", optimizer.second});
    trainer_.set_step_number(io::checkpoint_step(file));
    try {
      state_ = json_metadata(file, "progress").get<RunState>();
    } catch (const nlohmann::json::exception&) {
      throw Error(file.path() + ": metadata \"progress\" does not say where the run was");
    }
    sampler_.seek(state_.epoch, state_.batch);
    require(trainer_.step_number() == state_.epoch * sampler_.batches_per_epoch() + state_.batch, file.path(),
            ": metadata \"step\" and \"progress\" disagree");
    directory_.resume_log(state_.epoch);
  }

  /// False if it was asked to stop before the epoch's end.
  bool train_epoch(Progress& progress) {
    const auto start = Clock::now();
    const Index before = state_.images;
    while (state_.batch < sampler_.batches_per_epoch()) {
      if (stop_signal != 0 || (flags_.stop_after > 0 && trainer_.step_number() >= flags_.stop_after)) return false;
      state_.add(trainer_.step(loader_.load(sampler_.next(), state_.epoch)));
      if (progress.due()) progress.show(images_done(), fmt::format("epoch {}/{}", state_.epoch + 1, recipe_.epochs), training_text());
    }
    epoch_seconds_ = seconds_since(start);
    seconds_ += epoch_seconds_;
    epoch_speed_ = static_cast<double>(state_.images - before) / epoch_seconds_;
    images_ += state_.images - before;
    return true;
  }

  std::string training_text() const {
    const std::string text = fmt::format("loss {:.4f}  accuracy {:.2f} %", state_.mean_loss(), 100 * state_.accuracy());
    return Model::reads_tape ? text + fmt::format("  tape length {:.2f}", state_.mean_tape_length()) : text;
  }

  void finish_epoch(Progress& progress) {
    test();
    const Index epoch = state_.epoch + 1;
    if (result_.accuracy() > state_.best_accuracy) {
      state_.best_accuracy = result_.accuracy();
      state_.best_epoch = epoch;
      io::save_checkpoint(directory_.best(), trainer_.parameters(), metadata());
    }
    directory_.add_to_log({{"epoch", epoch},
                           {"step", trainer_.step_number()},
                           {"loss", state_.mean_loss()},
                           {"accuracy", state_.accuracy()},
                           {"test_accuracy", result_.accuracy()},
                           {"length", result_.mean_length},
                           {"length_deviation", result_.length_deviation},
                           {"macs", result_.mean_macs},
                           {"rate", trainer_.options().schedule.rate(trainer_.step_number() - 1)},
                           {"images_per_second", epoch_speed_},
                           {"seconds", epoch_seconds_}});
    progress.keep(fmt::format("epoch {}/{}  {}  {:.0f} img/s  {}  test {:.2f} %", epoch, recipe_.epochs, minutes(epoch_seconds_), epoch_speed_,
                              training_text(), 100 * result_.accuracy()));
    state_.next_epoch();
    save_last();
    progress.restart(images_done());
  }

  void test() {
    const auto start = Clock::now();
    result_ = test_model(trainer_.parameters(), recipe_.tau, test_images_, table_);
    test_speed_ = static_cast<double>(result_.count) / seconds_since(start);
  }

  io::Metadata metadata() const {
    io::Metadata metadata{{"model", Config::name}, {"step", std::to_string(trainer_.step_number())}, {"training", recipe_.to_json().dump()}};
    info_.write(metadata);
    return metadata;
  }

  void save_last() const {
    auto all = metadata();
    all["progress"] = nlohmann::json(state_).dump();
    const auto& optimizer = trainer_.optimizer();
    io::save_checkpoint(directory_.last(), trainer_.parameters(), all, io::Stored{"adamw/m/", optimizer.first},
                        io::Stored{"adamw/v/", optimizer.second});
  }

  int stopped(Progress& progress) const {
    save_last();
    progress.keep(fmt::format("stopped in epoch {} after step {}, saved as {}; --resume continues", state_.epoch + 1, trainer_.step_number(),
                              directory_.last().string()));
    return stop_signal != 0 ? 128 + stop_signal : 0;
  }

  void report() {
    if (result_.count == 0) test();
    fmt::print("test accuracy {:.2f} % on {} images (best {:.2f} % after epoch {})\n", 100 * result_.accuracy(), result_.count,
               100 * state_.best_accuracy, state_.best_epoch);
    if constexpr (Model::reads_tape || Config::encoder == model::Encoder::act)
      fmt::print("{} mean {:.2f}, std {:.2f}, min {}, max {}\n", adaptive_length_name<Model>(), result_.mean_length, result_.length_deviation,
                 result_.shortest, result_.longest);
    if (images_ > 0) fmt::print("{:.0f} images/s in training, ", static_cast<double>(images_) / seconds_);
    fmt::print("{:.0f} images/s in testing, {:.2f} million MACs an image, peak memory {} MiB\n", test_speed_, result_.mean_macs / 1e6,
               peak_memory_mebibytes());
  }

  RunFlags flags_;
  Recipe recipe_;
  data::ImageDataset training_images_, test_images_;
  CheckpointInfo info_;
  PixelTable table_;
  data::ShufflingSampler sampler_;
  BatchLoader loader_;
  train::Trainer<Model, float> trainer_;
  RunDirectory directory_;
  RunState state_;
  TestResult result_;
  Index images_ = 0;  ///< trained on by this process, in whole epochs
  double seconds_ = 0, epoch_seconds_ = 0, epoch_speed_ = 0, test_speed_ = 0;
};

}  // namespace adatape::examples
