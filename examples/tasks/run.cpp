#include "run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "../common/agreement.hpp"
#include "../common/fingerprint.hpp"
#include "../common/guarded_main.hpp"
#include "../common/other_file.hpp"
#include "../common/program_version.hpp"
#include "../common/progress.hpp"
#include "../common/same_run.hpp"
#include "../common/save_interval.hpp"
#include "../common/watched_lengths.hpp"
#include "adatape/core/parallel.hpp"
#include "adatape/io/checkpoint.hpp"
#include "adatape/train/batch.hpp"
#include "adatape/train/options.hpp"
#include "evaluation.hpp"

namespace adatape::examples {

namespace {

class TaskRun {
 public:
  TaskRun(ProcessGroup& group, const TaskFlags& flags, const TaskJob& job, RunDirectory* directory, const io::SafetensorsFile* checkpoint)
      : group_(group),
        flags_(flags),
        job_(job),
        recipe_(job.recipe),
        facts_(job.compiled.facts),
        trainer_(job.compiled.make(job.recipe.options(job.loss), group)),
        directory_(directory) {
    if (group.is_first()) try_to_write(job.picture);
    if (checkpoint)
      resume(*checkpoint);
    else if (!flags.init.empty())
      fmt::print("{}: {}\n", one_line(flags.init), trainer_->initialise_from(io::SafetensorsFile::open(flags.init), false));
    if (group.is_alone()) return;
    require_same_values(group, fingerprint_of_samples(), "samples");
    require_same_values(group, trainer_->fingerprint(), "weights");  // from here on all have read the checkpoint, and it may be replaced
  }

  int run() {
    fmt::print("{}: {} parameters, seed {}{}\n", job_.what, facts_.parameters, recipe_.seed, first_ > 0 ? fmt::format(", continued after step {}", first_) : "");
    flush_output();
    Progress progress(recipe_.steps, first_, "steps", 60);
    const bool ended = first_ == recipe_.steps && since_ == 0;  // before this process began
    for (Index step = first_;; ++step) {
      if (since_ == kInterval || (step == recipe_.steps && since_ > 0)) tell(step, progress);  // at once where the run was saved just before this line
      if (step > first_ && save_every_.due()) save(step);
      if (step == recipe_.steps) break;
      const int signal = agreed_signal(group_);
      if (signal != 0 || (flags_.stop_after > 0 && step >= flags_.stop_after)) return stopped(step, signal, progress);
      or_save([&] {
        train_on(step, progress);
        if (progress.due()) show(step + 1, progress);
      });
    }
    progress.clear();
    if (!ended) save(recipe_.steps);
    const auto last = evaluate(group_, *trainer_, facts_, job_.task, recipe_.test_samples, recipe_.test_settings());
    fmt::print("final accuracy {:.2f} % on {} fresh samples, mean {} {:.1f}\n", last.percent(), last.samples, facts_.length_name, last.mean_length);
    flush_output();
    conclude(last);
    if (!job_.picture.empty() && group_.is_first()) job_.draw(*trainer_);
    return 0;
  }

 private:
  static constexpr Index kInterval = 250;

  void resume(const io::SafetensorsFile& checkpoint) {
    const auto where = checkpoint.path() + ": metadata \"progress\"";
    const auto progress = io::parse_json(checkpoint.metadata("progress"), where);
    const auto pictures = checkpoint.metadata().find("pictures");  // files of earlier versions do not say
    require(pictures == checkpoint.metadata().end() || pictures->second == std::to_string(job_.pictures.checksum), checkpoint.path(),
            ": was trained on other pictures than those in ", job_.pictures.directory);
    first_ = io::checkpoint_step(checkpoint);
    require(first_ <= recipe_.steps, checkpoint.path(), ": is at step ", first_, " of ", recipe_.steps);
    since_ = io::json_integer<Index>(progress, "since", where, 0, std::min(first_, kInterval));
    loss_ = io::json_number(progress, "loss", where);
    correct_ = io::json_number(progress, "correct", where, 0);
    length_ = io::json_number(progress, "length", where, 0);
    trainer_->load(checkpoint);
    trainer_->set_step_number(first_);
    saved_step_ = first_;
    directory_->resume_log("step", first_ - since_);
  }

  /// Of the first test samples: where tasks are made of files, processes may have other ones.
  std::uint64_t fingerprint_of_samples() const {
    Fingerprint of_samples;
    std::vector<float> input(static_cast<std::size_t>(facts_.input_size));
    for (std::uint64_t number = 0; number < 32; ++number) {
      of_samples.add(static_cast<std::uint64_t>(job_.task.test_sample(number, input).label));
      of_samples.add(input);
    }
    return of_samples.value();
  }

  void show(Index steps, Progress& progress) const {
    progress.show(steps, fmt::format("step {}/{}", steps, recipe_.steps), fmt::format("loss {:.4f}", loss_ / static_cast<double>(since_)));
  }

  /// Calls work(). Where that fails, for example because a loss is not finite, the steps up to there are saved first. Processes save together, so what fails in
  /// one of several is not followed by that.
  template <class Work>
  void or_save(const Work& work) {
    try {
      work();
    } catch (const Error&) {
      const Index trained = trainer_->step_number();
      if (group_.is_alone() && trained > saved_step_) try {
          save(trained);
        } catch (const Error&) {  // what failed first is what has to be said
        }
      throw;
    }
  }

  void train_on(Index step, Progress& progress) {
    const auto start = Clock::now();
    const auto size = static_cast<std::size_t>(facts_.input_size);
    const auto mine = trainer_->positions(recipe_.batch_size);
    input_.resize(static_cast<std::size_t>(mine.size()) * size);
    labels_.resize(static_cast<std::size_t>(mine.size()));
    parallel_for(mine.size(), [&](Index i) {
      const auto at = static_cast<std::size_t>(i), number = static_cast<std::size_t>(mine.first + i);
      labels_[at] = job_.task.training_sample(static_cast<std::uint64_t>(step), number, std::span(input_).subspan(at * size, size)).label;
    });
    trainer_->accumulate({.input = input_, .targets = labels_, .first = mine.first, .whole = recipe_.batch_size});
    const auto report = trainer_->apply();
    ++since_;
    loss_ += report.loss;
    correct_ += static_cast<double>(report.correct);
    length_ += report.mean_tape_length;
    if (const auto warning = watch_ ? watch_->add(report) : std::nullopt) progress.keep(fmt::format("step {}: {}", step + 1, *warning));
    trained_seconds_ += seconds_since(start);
  }

  /// The line of the last steps, on the screen and in the log.
  void tell(Index steps, Progress& progress) {
    if (directory_ && directory_->saves_first()) save(steps);
    const double n = static_cast<double>(since_), rate = static_cast<double>(steps - first_) / seconds_since(start_);
    const auto fresh = evaluate(group_, *trainer_, facts_, job_.task, std::min<Index>(recipe_.test_samples, 1280), recipe_.test_settings());
    const double left = static_cast<double>(recipe_.steps - steps), accuracy = 100 * correct_ / n / static_cast<double>(recipe_.batch_size);
    const auto speed = rate > 0 ? fmt::format("{} steps/s, {} left  ", rate_text(rate), minutes(left / rate)) : std::string();
    const auto text = fmt::format("step {:>6}/{}  {}loss {:.4f}  accuracy {:.2f} % (fresh {:.2f} %)  mean {} {:.2f}", steps, recipe_.steps, speed, loss_ / n,
                                  accuracy, fresh.percent(), facts_.length_name, facts_.reads_tape ? length_ / n : fresh.mean_length);
    or_save([&] {
      progress.keep(text);
      if (directory_) directory_->add_to_log({{"step", steps}, {"loss", loss_ / n}, {"accuracy", fresh.percent()}, {"mean_tape_length", length_ / n}});
    });
    loss_ = correct_ = length_ = 0;
    since_ = 0;
  }

  void save(Index steps) {
    if (!directory_) return;
    const nlohmann::json progress{{"since", since_}, {"loss", loss_}, {"correct", correct_}, {"length", length_}};
    io::Metadata metadata{{"config", facts_.config}, {"step", std::to_string(steps)}, {"training", job_.settings}, {"progress", progress.dump()}};
    if (!job_.pictures.directory.empty()) metadata["pictures"] = std::to_string(job_.pictures.checksum);
    trainer_->save(directory_->last(), metadata, true);
    directory_->saved();
    save_every_.saved();
    saved_step_ = steps;
  }

  /// The tests of a sweep on the screen, and result.json.
  void conclude(const Evaluation& last) {
    auto results = nlohmann::json::array({last.json()});
    if (flags_.sweep)
      for (const auto& test : sweep(group_, *trainer_, facts_, job_.task, last.samples, recipe_.test_settings())) {
        const auto limit = test.settings.exact_tape_tokens > 0 ? fmt::format("{} tape tokens", test.settings.exact_tape_tokens) : fmt::format("tau {}", test.settings.tau);
        fmt::print("{:<14} accuracy {:.2f} %  mean {} {:.2f}  {:.3f} million multiply-accumulates\n", limit, test.percent(), facts_.length_name, test.mean_length,
                   test.mean_macs / 1e6);
        flush_output();
        results.push_back(test.json());
      }
    if (!directory_ || !group_.is_first()) return;
    const auto path = directory_->path() / "result.json";
    const nlohmann::json result{{"model", facts_.name},
                                {"config", nlohmann::json::parse(facts_.config)},
                                {"parameters", facts_.parameters},
                                {"settings", nlohmann::json::parse(job_.settings)},
                                {"version", ADATAPE_VERSION},
                                {"program", program_version()},
                                {"seconds_per_step", seconds_per_step(path)},
                                {"by_difficulty", last.difficulty_json()},
                                {"results", results}};
    write_whole(path, result.dump(1) + "\n");
  }

  /// In this process, or, where the run was at its end before, what the file at `path` says of the process that trained; null where nothing says it.
  nlohmann::json seconds_per_step(const std::filesystem::path& path) const {
    if (first_ < recipe_.steps) return trained_seconds_ / static_cast<double>(recipe_.steps - first_);
    std::ifstream file(path);
    const auto told = nlohmann::json::parse(file, nullptr, false);
    return told.is_object() && told.contains("seconds_per_step") ? told["seconds_per_step"] : nlohmann::json();
  }

  int stopped(Index step, int signal, Progress& progress) {
    const bool kept = directory_ != nullptr && step > first_;
    if (kept) save(step);
    const auto last = directory_ ? one_line(directory_->last().string()) : std::string();
    progress.keep(fmt::format("stopped after step {}, {}", step,
                              kept         ? "saved as " + last + "; --resume continues"
                              : first_ > 0 ? last + " is as it was; --resume continues"
                                           : "nothing saved"));
    return signal != 0 ? 128 + signal : 0;
  }

  ProcessGroup& group_;
  TaskFlags flags_;
  SaveInterval save_every_{flags_.save_every, group_};
  TaskJob job_;
  const TaskRecipe& recipe_;
  const ModelFacts& facts_;
  std::unique_ptr<ModelTrainer> trainer_;
  RunDirectory* directory_;
  std::optional<train::LengthWatch> watch_ = watch_lengths(facts_, recipe_.test_settings());
  std::vector<float> input_;
  std::vector<std::int64_t> labels_;
  Clock::time_point start_ = Clock::now();
  Index first_ = 0, since_ = 0;                 ///< step that this process began with; steps since the last line
  Index saved_step_ = 0;                        ///< in last.safetensors
  double loss_ = 0, correct_ = 0, length_ = 0;  ///< sums over those steps
  double trained_seconds_ = 0;                  ///< of this process, tests left out
};

}  // namespace

int run_task(ProcessGroup& group, const TaskFlags& flags, const TaskJob& job, RunDirectory* directory, const io::SafetensorsFile* checkpoint) {
  return TaskRun(group, flags, job, directory, checkpoint).run();
}

}  // namespace adatape::examples
