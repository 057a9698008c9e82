#pragma once
/// A training run from the first image to the last line of its report.
#include <algorithm>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "../common/compiled_model.hpp"
#include "../common/run_directory.hpp"
#include "image_data.hpp"
#include "recipe.hpp"

namespace adatape::examples {

/// Half of the cores, at least one: the training itself uses all of them, and reading small pictures takes less time.
inline int default_workers() { return static_cast<int>(std::max(1u, std::thread::hardware_concurrency() / 2)); }

/// Flags of a run that are no settings of its training.
struct RunFlags {
  DataFlags data;
  std::string out = "out/train";
  std::string init;  ///< checkpoint whose weights a fresh run starts from; none: random weights
  std::optional<std::vector<std::string>> class_names;
  std::string save_every = "10m";
  int threads = 0;
  int workers = default_workers();  ///< threads that read pictures from files ahead of their use
  bool skip_broken = false;         ///< whether files that cannot be read are left out
  Index stop_after = 0;
};

/// Trains and reports; returns the program's exit code. `checkpoint` (null: a fresh run) is where to continue. Called by all processes of the group together.
/// Throws Error also where they differ in their pictures or in the weights that they begin with.
int run_training(ProcessGroup& group, const RunFlags& flags, const Recipe& recipe, const CompiledTrainer& model, RunDirectory& directory,
                 const io::SafetensorsFile* checkpoint);

}  // namespace adatape::examples
