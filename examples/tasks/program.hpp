#pragma once
/// What the programs of all tasks do around a run.
#include <functional>

#include "../common/group_flags.hpp"
#include "run.hpp"

namespace CLI {
class App;
}

namespace adatape::examples {

class TaskProgram {
 public:
  /// Adds the flags of these settings, and those of every task program. All must outlive this object.
  TaskProgram(CLI::App& app, std::vector<Setting> settings);

  /// To be called by all processes of the group together, when the flags have been read. With --list-models it prints the models, and that is all. `prepare` is
  /// called when the settings are those of the run, its own or those of the run that it continues. Returns the program's exit code. Throws UsageError and Error
  /// as prepare, RunDirectory, resume_settings, run_task and the functions of common/same_run.hpp do.
  int run(ProcessGroup& group, const std::function<TaskJob()>& prepare);

 private:
  /// The flags that are no settings and decide what the processes of a group do together, as the text of a JSON object.
  std::string shared_flags() const;

  CLI::App& app_;
  std::vector<Setting> settings_;
  TaskFlags flags_;
  int threads_ = 0;
  GroupFlags group_flags_;
  bool list_models_ = false;
};

}  // namespace adatape::examples
