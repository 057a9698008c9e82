#pragma once
/// A run of the parity task.
#include <string>
#include <vector>

#include "../common/compiled_model.hpp"
#include "../common/run_directory.hpp"
#include "../common/settings.hpp"

namespace adatape::examples {

/// Everything that decides what a run computes; recorded in its checkpoints.
struct ParityRecipe {
  std::string model = "adatape";
  Index length = 32, tape = 16, hidden = 64, layers = 2;
  double tau = 0;
  Index steps = 10000, batch_size = 128, warmup = 1000;
  double lr = 3e-5, ponder_weight = 0.01;
  std::uint64_t seed = 0;

  /// All settings; the pointers are into this recipe.
  std::vector<Setting> settings();
  /// The compiled-in model that is meant. Throws UsageError if there is none of these sizes.
  const CompiledTrainer& compiled() const;
  train::TrainingOptions options() const;
};

struct ParityFlags {
  std::string out;  ///< empty: keep nothing
  std::string save_every = "10m";
  Index stop_after = 0;
};

/// Trains, prints a line every 250 steps, ends with the accuracy on 6400 fresh samples; returns the program's exit code. `directory` (null: keep nothing)
/// is where the run is kept, `checkpoint` (null: a fresh run) where it continues.
int run_parity(const ParityFlags& flags, const ParityRecipe& recipe, RunDirectory* directory, const io::SafetensorsFile* checkpoint);

}  // namespace adatape::examples
