#include "recipe.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "../common/guarded_main.hpp"

namespace adatape::examples {

Index ParityRecipe::random_symbols(std::uint64_t step) const {
  const auto steps = static_cast<std::uint64_t>(curriculum), symbols = static_cast<std::uint64_t>(length);
  return step >= steps ? length : static_cast<Index>(1 + (symbols - 1) * step / steps);
}

std::vector<Setting> ParityRecipe::settings() {
  std::vector<Setting> all{
      {"model", "adatape, vit (plain Transformer, each symbol a token), ut-act (Universal Transformer with ACT) or pondernet", &model, 0, 0,
       {"adatape", "vit", "ut-act", "pondernet"}},
      {"length", "symbols in a sequence (see --list-models)", &length, 1, 4096},
      {"tape", "T, the most tape tokens of adatape", &tape, 1, 4096},
      {"hidden", "token width", &hidden, 1, 4096},
      {"layers", "encoder blocks; of ut-act and pondernet: the most steps", &layers, 1, 64},
      {"curriculum-steps", "steps in which the number of symbols that are not fixed to 0 rises from 1 to all; 0: all are random from the first step on", &curriculum,
       0, 1'000'000'000}};
  std::ranges::move(common_settings(), std::back_inserter(all));
  return all;
}

const CompiledTrainer& ParityRecipe::compiled() const {
  const auto sizes = fmt::format("{}-{}-{}-{}", model, length, hidden, layers), name = model == "adatape" ? fmt::format("{}-{}", sizes, tape) : sizes;
  const auto& trainers = compiled_trainers();
  const auto found = std::ranges::find_if(trainers, [&](const auto& trainer) { return trainer.facts.name == name; });
  if (found == trainers.end())
    throw UsageError(fmt::format("no model of this size is compiled in: --model {} --length {} --hidden {} --layers {} --tape {}", model, length, hidden,
                                 layers, tape));
  check_reading(*this, found->facts);
  return *found;
}

}  // namespace adatape::examples
