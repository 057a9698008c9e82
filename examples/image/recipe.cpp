#include "recipe.hpp"

#include <fmt/format.h>

#include <cmath>

#include "../command_line.hpp"
#include "../common/compiled_model.hpp"
#include "adatape/train/options.hpp"
#include "fit_flags.hpp"

namespace adatape::examples {

namespace {

constexpr const char* kRandAugmentHelp =
    "RandAugment: 0: none; LAYERS,MAGNITUDE: scenic's, such as 2,15; timm's text, such as rand-m9-mstd0.5-inc1; for images in colour";

/// Of --freeze: parameter_rules, which knows the names, checks it.
void any_text(const std::string& text) { require(is_utf8(text), "wanted text in UTF-8"); }

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
          {"schedule-epochs",
           "passes over which the learning rate falls to 0, where it stays in those behind them; 0: as --epochs",
           &schedule_epochs,
           0,
           kMostCount,
           {},
           "",
           true},
          {"batch-size", "images a step", &batch_size, 1, kMostCount},
          {"accumulate", "parts that a batch is cut into; only one is in memory at once", &accumulate, 1, kMostCount},
          {"leaves", "pieces that each of these parts is cut into, at least one for each process; they decide the bits; 0: one or two", &leaves, 0, 1e6},
          {"drop-last", "1: leave out the images of an epoch that do not fill a batch", &drop_last},
          {"lr", "largest learning rate (AdamW; cosine to 0 over the run)", &lr, 0, 1e3},
          {"weight-decay", "decoupled weight decay", &weight_decay, 0, 1e3},
          {"decay", "tensors that decay: all, or kernels: no biases, norms and positions", &rules.decay, 0, 0, {"all", "kernels"}},
          {"layer-decay", "factor of the learning rate from layer to layer towards the input; 1: none", &rules.layer_decay, 1e-6, 1},
          {"freeze", "parts of names, separated by commas: tensors with one of them keep their values", &rules.freeze, 0, 0, {}, "", false, any_text},
          {"warmup-epochs", "linear warm-up; fractions are fine", &warmup_epochs, 0, kMostCount},
          {"warmup-steps", "the same in steps; 0: as --warmup-epochs", &warmup_steps, 0, kMostCount},
          {"clip-grad", "global norm that gradients are scaled down to; 0: never", &clip_grad, 0, 1e9},
          {"loss", "softmax, or sigmoid as in the paper", &loss, 0, 0, {"sigmoid", "softmax"}},
          {"smoothing", "label smoothing", &smoothing, 0, 0.999},
          {"head-bias", "the bias that the head begins with; 0: the logit of probability 1 / classes", &head_bias, -1e3, 1e3},
          {"tau", "halting threshold of the reader; 0: the model's own", &tau, 0, 1e9},
          {"ponder-weight", "weight of the ponder loss", &ponder_weight, 0, 1e9},
          {"dropout", "probability of dropping an activation", &dropout, 0, 0.999},
          {"stochastic-depth", "probability of skipping the last block, growing linearly over the blocks", &stochastic_depth, 0, 0.999},
          {"query-noise", "scale of the noise on the reader's query", &query_noise, 0, 1e9},
          {"bernoulli-p", "probability that a bank token counts as read beforehand", &bernoulli_p, 0, 0.999},
          {"average-decay", "of a moving average of the weights, which tests and best.safetensors use; 0: none", &average_decay, 0, 0.9999999},
          {"average-warmup", "1: the decay of the average rises from 0", &average_warmup},
          {"normalise",
           "mean and deviation: data: of the training images; init: those of --init; half: 0.5, 0.5; imagenet: ImageNet's",
           &normalise,
           0,
           0,
           {"data", "init", "half", "imagenet"}},
          {"fit", kFitHelp, &fit, 0, 0, kFitRules},
          {"crop-share", "share of a side that a --fit with a crop keeps", &crop_share, 0.1, 1},
          {"interpolation", kInterpolationHelp, &interpolation, 0, 0, kInterpolations},
          {"crop", "random crop in training: none, TensorFlow's (inception), timm's (timm)", &augmentation.crop, 0, 0, {"none", "inception", "timm"}},
          {"flip", "1: mirror training images at random", &augmentation.flip},
          {"shift", "move training images at random by up to this many pixels", &augmentation.shift, 0, 27},
          {"rand-augment", kRandAugmentHelp, &augmentation.rand_augment, 0, 0, {}, "", false, [](const std::string& text) { RandAugment::parse(text); }},
          {"erase", "probability of covering a random rectangle of a training image", &augmentation.erase, 0, 1},
          {"erase-rule", "mean: 2 % to 20 % of the image with the mean pixel; timm: 2 % to 33 % with noise", &augmentation.erase_rule, 0, 0, {"mean", "timm"}},
          {"mixup", "alpha of Mixup; 0: none", &mixing.mixup, 0, 1e6},
          {"cutmix", "alpha of CutMix; 0: none", &mixing.cutmix, 0, 1e6},
          {"mix-rule", "scenic: Mixup of every batch; timm: Mixup and CutMix, by turns at random", &mixing.rule, 0, 0, {"scenic", "timm"}},
          {"mix-probability", "probability that --mix-rule timm mixes a batch", &mixing.probability, 0, 1},
          {"products", "factors of the products of dense layers: f32, or bf16, rounded", &products, 0, 0, {"f32", "bf16"}},
          {"seed", "of everything random; equal seeds give equal bits", &seed}};
}

std::string Recipe::text() const {
  Recipe copy = *this;
  return settings_text(copy.settings());
}

void Recipe::check(const ModelFacts& facts) const {
  parameter_rules(rules, facts);
  if (lr * weight_decay > 1) throw UsageError(fmt::format("--weight-decay: --lr times --weight-decay must be at most 1, found {} times {}", lr, weight_decay));
  if (accumulate > batch_size)
    throw UsageError(fmt::format("--accumulate: a batch of {} images has at most that many parts, found {}", batch_size, accumulate));
  if (mixing.cutmix > 0 && mixing.rule == "scenic") throw UsageError("--cutmix: needs --mix-rule timm; scenic's rule is Mixup alone");
  if (facts.channels != 3 && RandAugment::parse(augmentation.rand_augment).acts())
    throw UsageError(fmt::format("--rand-augment: its operations are for images in colour, {} takes grey ones", model));
  if (facts.channels != 3 && normalise == "imagenet") throw UsageError(fmt::format("--normalise: imagenet is for images in colour, {} takes grey ones", model));
  check_fit(picture_fit(), facts);
}

train::TrainingOptions Recipe::options(Index batches_per_epoch, Index classes, const ModelFacts& facts) const {
  const Index total = scheduled_epochs() * batches_per_epoch;
  const double wanted = warmup_steps > 0 ? static_cast<double>(warmup_steps) : warmup_epochs * static_cast<double>(batches_per_epoch);
  const double warmup = std::min(wanted, static_cast<double>(total));
  train::TrainingOptions options;
  options.objective = {loss == "softmax" ? ops::LossKind::softmax : ops::LossKind::sigmoid, smoothing, ponder_weight};
  options.objective.classes = classes;
  if (head_bias != 0) options.objective.head_bias = head_bias;
  options.rules = parameter_rules(rules, facts);
  options.average = {.decay = average_decay, .warm_up = average_warmup};
  options.schedule = {train::Decay::cosine, lr, static_cast<Index>(std::lround(warmup)), total};
  options.optimizer.weight_decay = weight_decay;
  options.clip_norm = clip_grad;
  options.settings = {.tau = tau, .dropout = dropout, .stochastic_depth = stochastic_depth, .query_noise = query_noise, .bernoulli_p = bernoulli_p};
  options.products = products == "bf16" ? Products::bf16 : Products::f32;
  options.leaves = leaves;
  options.seed = seed;
  return options;
}

}  // namespace adatape::examples
