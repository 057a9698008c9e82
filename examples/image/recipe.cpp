#include "recipe.hpp"

#include <cmath>

#include "../common/compiled_model.hpp"
#include "adatape/train/options.hpp"

namespace adatape::examples {

namespace {

std::vector<std::string> model_names() {
  std::vector<std::string> names;
  for (const auto& model : compiled_trainers()) names.push_back(model.facts.name);
  return names;
}

}  // namespace

std::vector<Setting> Recipe::settings() {
  if (model.empty()) model = compiled_trainers().front().facts.name;
  return {{"model", "one of --list-models", &model, 0, 0, model_names()},
          {"epochs", "passes over the training images", &epochs, 1, kMostCount, {}, "", true},
          {"schedule-epochs", "passes over which the learning rate falls to 0; 0: as --epochs", &schedule_epochs, 0, kMostCount, {}, "", true},
          {"batch-size", "images a step", &batch_size, 1, kMostCount},
          {"lr", "largest learning rate (AdamW; cosine to 0 over the run)", &lr, 0, 1e3},
          {"weight-decay", "decoupled weight decay", &weight_decay, 0, 1e3},
          {"warmup-epochs", "linear warm-up; fractions are fine", &warmup_epochs, 0, kMostCount},
          {"clip-grad", "global norm that gradients are scaled down to; 0: never", &clip_grad, 0, 1e9},
          {"loss", "softmax, or sigmoid as in the paper", &loss, 0, 0, {"sigmoid", "softmax"}},
          {"smoothing", "label smoothing", &smoothing, 0, 0.999},
          {"tau", "halting threshold of the reader; 0: the model's own", &tau, 0, 1e9},
          {"ponder-weight", "weight of the ponder loss", &ponder_weight, 0, 1e9},
          {"dropout", "probability of dropping an activation", &dropout, 0, 0.999},
          {"stochastic-depth", "probability of skipping the last block, growing linearly over the blocks", &stochastic_depth, 0, 0.999},
          {"query-noise", "scale of the noise on the reader's query", &query_noise, 0, 1e9},
          {"bernoulli-p", "probability that a bank token counts as read beforehand", &bernoulli_p, 0, 0.999},
          {"flip", "1: mirror training images at random", &augmentation.flip, 0, 1, {"0", "1"}},
          {"shift", "move training images at random by up to this many pixels", &augmentation.shift, 0, 27},
          {"erase", "probability of covering a random rectangle of a training image", &augmentation.erase, 0, 1},
          {"seed", "of everything random; equal seeds give equal bits", &seed, 0, 0}};
}

std::string Recipe::text() const {
  Recipe copy = *this;
  return settings_text(copy.settings());
}

train::TrainingOptions Recipe::options(Index batches_per_epoch) const {
  const Index total = scheduled_epochs() * batches_per_epoch;
  const double warmup = std::min(warmup_epochs * static_cast<double>(batches_per_epoch), static_cast<double>(total));
  train::TrainingOptions options;
  options.objective = {loss == "softmax" ? ops::LossKind::softmax : ops::LossKind::sigmoid, smoothing, ponder_weight};
  options.schedule = {train::Decay::cosine, lr, static_cast<Index>(std::lround(warmup)), total};
  options.optimizer.weight_decay = weight_decay;
  options.clip_norm = clip_grad;
  options.settings = {.tau = tau, .dropout = dropout, .stochastic_depth = stochastic_depth, .query_noise = query_noise, .bernoulli_p = bernoulli_p};
  options.seed = seed;
  return options;
}

}  // namespace adatape::examples
