#pragma once
/// What decides how a model of the parity task is trained.
#include "../tasks/recipe.hpp"

namespace adatape::examples {

struct ParityRecipe : TaskRecipe {
  std::string model = "adatape";
  Index length = 32, tape = 16, hidden = 64, layers = 2;
  Index curriculum = 0;  ///< steps in which the number of random symbols rises; 0: all symbols are random from the first step on

  /// Random symbols of the sequences of a step; the others are 0. Rises linearly from 1 to `length`.
  Index random_symbols(std::uint64_t step) const;
  /// All settings; the pointers are into this recipe.
  std::vector<Setting> settings();
  /// The compiled-in model that is meant. Throws UsageError if there is none of these sizes, or if it does not read as the recipe wants.
  const CompiledTrainer& compiled() const;
};

}  // namespace adatape::examples
