#include "program.hpp"

#include <optional>

#include "../command_line.hpp"
#include "../common/interrupt.hpp"
#include "../common/other_file.hpp"
#include "../common/same_run.hpp"
#include "adatape/io/json.hpp"

namespace adatape::examples {

TaskProgram::TaskProgram(CLI::App& app, std::vector<Setting> settings) : app_(app), settings_(std::move(settings)) {
  add_flags(app, settings_);
  add_threads_flag(app, threads_);
  add_group_flags(app, group_flags_);
  auto* out = app.add_option("--out", flags_.out, "folder for log.jsonl, last.safetensors and result.json; none: keep nothing");
  auto* resume_flag = app.add_flag("--resume", flags_.resume, "continue the run in --out exactly where it was saved, with its settings")->needs(out);
  app.add_flag("--overwrite", flags_.overwrite, "replace the run that --out holds, as soon as the new one has something to save")->needs(out)->excludes(resume_flag);
  app.add_option("--init", flags_.init, "checkpoint whose weights a new run starts from, of another number of tokens too; none: random weights")
      ->excludes(resume_flag);
  add_save_flag(app, flags_.save_every);
  app.add_option("--stop-after", flags_.stop_after, "save and stop after that many steps in all, as Ctrl-C does; 0: never")
      ->check(integer_from(Index{0}, Index{1} << 52))
      ->capture_default_str();
  app.add_flag("--list-models", list_models_, "print the compiled-in models and leave");
  app.add_flag("--sweep", flags_.sweep, "at the end test at other thresholds, and with each exact number of tape tokens too");
}

std::string TaskProgram::shared_flags() const {
  const nlohmann::json flags{{"out", flags_.out},
                             {"init", flags_.init},
                             {"save-every", flags_.save_every},
                             {"stop-after", flags_.stop_after},
                             {"resume", flags_.resume},
                             {"overwrite", flags_.overwrite},
                             {"sweep", flags_.sweep}};
  return flags.dump();
}

int TaskProgram::run(ProcessGroup& group, const std::function<TaskJob()>& prepare) {
  if (list_models_) {
    print_models();
    return 0;
  }
  use_threads(threads_, group.is_first());
  watch_for_interrupts();
  require_same_program(group, group_flags_);
  require_same_settings(group, shared_flags());
  std::optional<TaskJob> job;
  const auto prepare_job = [&] {
    job.emplace(prepare());
    require_other_file("--picture", job->picture, {flags_.init});
    require_same_settings(group, job->settings);
    check_leaves(group, job->recipe.leaves, job->recipe.batch_size);
  };
  if (!flags_.resume) prepare_job();
  std::optional<RunDirectory> directory;
  if (!flags_.out.empty())
    directory.emplace(flags_.out, flags_.resume ? Leftovers::resume : flags_.overwrite ? Leftovers::overwrite : Leftovers::refuse, group);
  std::shared_ptr<const io::SafetensorsFile> checkpoint;
  if (flags_.resume) {
    checkpoint = resume_settings(settings_, directory->last(), app_);
    prepare_job();
  }
  return run_task(group, flags_, *job, directory ? &*directory : nullptr, checkpoint.get());
}

}  // namespace adatape::examples
