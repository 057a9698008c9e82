#pragma once
/// A training run of a task.
#include <cstdint>
#include <functional>
#include <string>

#include "../common/run_directory.hpp"
#include "recipe.hpp"
#include "task.hpp"

namespace adatape::examples {

struct TaskFlags {
  std::string out;   ///< empty: keep nothing
  std::string init;  ///< checkpoint whose weights a new run starts from; empty: random weights
  std::string save_every = "10m";
  Index stop_after = 0;
  bool resume = false, overwrite = false;
  bool sweep = false;  ///< whether the last test is repeated at other thresholds and tape lengths
};

/// The pictures that samples are made of.
struct TaskPictures {
  std::string directory{};     ///< empty: samples are made of none
  std::uint32_t checksum = 0;  ///< of pixels and labels (checksum_of)
};

/// What a run trains. The references must outlive the run.
struct TaskJob {
  const CompiledTrainer& compiled;
  const Task& task;
  const TaskRecipe& recipe;
  std::string what;      ///< the run in its first line
  std::string settings;  ///< all settings of the recipe as JSON text
  ops::LossKind loss = ops::LossKind::softmax;
  TaskPictures pictures{};                          ///< a run that is continued has the same ones
  std::string picture{};                            ///< file that `draw` writes; empty: none. It is tried before the run begins.
  std::function<void(const TrainedModel&)> draw{};  ///< called in the first process with the trained model after the last test, where there is a picture
};

/// Trains, prints a line every 250 steps, ends with the accuracy on recipe.test_samples fresh samples; returns the program's exit code. Between these lines it
/// says how far it is: on a terminal all the time, elsewhere once a minute. `directory` (null: keep nothing) is where the run is kept, `checkpoint` (null: a
/// fresh run) where it continues. With a directory result.json holds what the last tests found. Called by all processes of the group together. Throws Error
/// also where they differ in their samples or in the weights that they begin with, where the checkpoint is of other pictures, and where the picture cannot be
/// written.
int run_task(ProcessGroup& group, const TaskFlags& flags, const TaskJob& job, RunDirectory* directory, const io::SafetensorsFile* checkpoint);

}  // namespace adatape::examples
