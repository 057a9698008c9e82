#include "recipe.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "../common/guarded_main.hpp"
#include "adatape/core/error.hpp"
#include "adatape/train/options.hpp"

namespace adatape::examples {

std::vector<Setting> TaskRecipe::common_settings() {
  return {{"tau", "halting threshold; 0: the model's own", &tau, 0, 64},
          {"exact-tape-tokens", "train and test with so many tape tokens for every sample; 0: reading halts by itself", &exact_tape_tokens, 0, 64},
          {"steps", "training steps; the rate ends at 0 there", &steps, 1, kMostCount},
          {"batch-size", "samples a step", &batch_size, 1, 1e6, {}, "batch"},
          {"leaves", "pieces that a batch is cut into, at least one for each process; they decide the bits; 0: one or two", &leaves, 0, 1e6},
          {"lr", "learning rate after warm-up", &lr, 0, 1e3},
          {"warmup-steps", "steps of linear warm-up", &warmup, 0, kMostCount, {}, "warmup"},
          {"clip-norm", "gradients of a larger norm are scaled to this one; 0: none is", &clip_norm, 0, 1e9},
          {"ponder-weight", "weight of the ponder loss; of pondernet: of the divergence from its prior", &ponder_weight, 0, 1e9},
          {"ponder-delay", "steps in which the ponder loss does not count", &ponder_delay, 0, kMostCount},
          {"ponder-ramp", "steps after these in which its weight rises to the whole", &ponder_ramp, 0, kMostCount},
          {"query-noise", "deviation of the noise that training adds to the reader's queries", &query_noise, 0, 1e3},
          {"products", "factors of the products of dense layers: f32, or bf16, rounded", &products, 0, 0, {"f32", "bf16"}},
          {"test-samples", "fresh samples of the last test; tests on the way have at most 1280 of them", &test_samples, 1, 1e6, {}, "", true},
          {"seed", "of weights and samples", &seed}};
}

train::TrainingOptions TaskRecipe::options(ops::LossKind loss) const {
  train::TrainingOptions options;
  options.objective = {.loss = loss, .ponder_weight = ponder_weight, .ponder_delay = ponder_delay, .ponder_ramp = ponder_ramp};
  options.schedule = {train::Decay::cosine, lr, warmup, steps};
  options.clip_norm = clip_norm;
  options.settings = test_settings();
  options.settings.query_noise = query_noise;
  options.products = products == "bf16" ? Products::bf16 : Products::f32;
  options.leaves = leaves;
  options.seed = seed;
  return options;
}

Settings TaskRecipe::test_settings() const { return {.tau = tau, .exact_tape_tokens = exact_tape_tokens}; }

std::vector<Setting> NamedModelRecipe::settings_with(std::vector<Setting> own) {
  std::vector<std::string> names;
  for (const auto& trainer : compiled_trainers()) names.push_back(trainer.facts.name);
  std::vector<Setting> all{{"model", "a compiled-in model (see --list-models)", &model, 0, 0, names}};
  std::ranges::move(own, std::back_inserter(all));
  std::ranges::move(common_settings(), std::back_inserter(all));
  return all;
}

const CompiledTrainer& NamedModelRecipe::compiled() const {
  const auto& trainers = compiled_trainers();
  const auto found = std::ranges::find_if(trainers, [&](const auto& trainer) { return trainer.facts.name == model; });
  require(found != trainers.end(), "--model: wanted one that is compiled in, found ", model);
  check_reading(*this, found->facts);
  return *found;
}

void print_models() {
  for (const auto& trainer : compiled_trainers())
    fmt::print("{:<24} {} parameters, at most {:.3f} million multiply-accumulates\n", trainer.facts.name, trainer.facts.parameters,
               trainer.facts.largest_macs / 1e6);
}

void check_reading(const TaskRecipe& recipe, const ModelFacts& facts) {
  if (recipe.tau > 0 && recipe.tau > facts.largest_tau)
    throw UsageError(fmt::format("--tau: {} is out of range, {} takes at most {}", recipe.tau, facts.name, facts.largest_tau));
  if (recipe.exact_tape_tokens > static_cast<Index>(facts.largest_tau))
    throw UsageError(fmt::format("--exact-tape-tokens: {} is out of range, {} takes at most {}", recipe.exact_tape_tokens, facts.name, facts.largest_tau));
}

}  // namespace adatape::examples
