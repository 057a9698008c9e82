#pragma once
/// What decides how a model of the parity task is trained.
#include "../tasks/recipe.hpp"

namespace adatape::examples {

struct ParityRecipe : TaskRecipe {
  std::string model = "adatape";
  Index length = 32, tape = 16, hidden = 64, layers = 2;

  /// All settings; the pointers are into this recipe.
  std::vector<Setting> settings();
  /// The compiled-in model that is meant. Throws UsageError if there is none of these sizes, or if it does not read as the recipe wants.
  const CompiledTrainer& compiled() const;
};

}  // namespace adatape::examples
