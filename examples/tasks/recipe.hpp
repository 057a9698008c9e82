#pragma once
/// What decides how a task is trained.
#include "../common/compiled_model.hpp"
#include "../common/settings.hpp"
#include "adatape/core/context.hpp"
#include "adatape/ops/cross_entropy.hpp"

namespace adatape::examples {

/// Settings that all tasks have; a task derives from this struct and adds its own. All are recorded in checkpoints.
struct TaskRecipe {
  double tau = 0;
  Index exact_tape_tokens = 0;
  Index steps = 10000, batch_size = 128, leaves = 0, warmup = 1000;
  double lr = 3e-5, clip_norm = 0;
  double ponder_weight = 0.01;
  Index ponder_delay = 0, ponder_ramp = 0;
  double query_noise = 0;
  std::string products = "f32";
  Index test_samples = 6400;
  std::uint64_t seed = 0;

  /// The settings of every task; the pointers are into this recipe.
  std::vector<Setting> common_settings();
  train::TrainingOptions options(ops::LossKind loss) const;
  /// What a test of the trained model runs with.
  Settings test_settings() const;
};

/// A task whose --model is the name of a compiled-in model.
struct NamedModelRecipe : TaskRecipe {
  std::string model = compiled_trainers().front().facts.name;

  /// The model, those of the task, and those of every task; the pointers are into this recipe.
  std::vector<Setting> settings_with(std::vector<Setting> own);
  /// Throws UsageError if the model does not read as the recipe wants.
  const CompiledTrainer& compiled() const;
};

/// One line for each compiled-in model.
void print_models();

/// Throws UsageError for a threshold or a number of tape tokens that this model does not take.
void check_reading(const TaskRecipe& recipe, const ModelFacts& facts);

}  // namespace adatape::examples
