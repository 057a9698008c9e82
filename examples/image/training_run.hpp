#pragma once
/// A training run from the first image to the last line of its report.
#include <optional>
#include <string>
#include <vector>

#include "../common/compiled_model.hpp"
#include "../common/run_directory.hpp"
#include "recipe.hpp"

namespace adatape::examples {

/// Flags of a run that are no settings of its training.
struct RunFlags {
  std::string data = "/usr/share/datasets/fashion-mnist", out = "out/train";
  std::string init;  ///< checkpoint whose weights a fresh run starts from; none: random weights
  std::optional<std::vector<std::string>> class_names;
  std::string save_every = "10m";
  int threads = 0;
  Index stop_after = 0;
};

/// Trains and reports; returns the program's exit code. `checkpoint` (null: a fresh run) is where to continue.
int run_training(const RunFlags& flags, const Recipe& recipe, const CompiledTrainer& model, RunDirectory& directory, const io::SafetensorsFile* checkpoint);

}  // namespace adatape::examples
