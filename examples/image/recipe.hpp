#pragma once
/// Everything that decides what a training run computes. It is recorded in every checkpoint, so that a resumed run is the same run.
#include <CLI/CLI.hpp>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "../command_line.hpp"
#include "adatape/train/trainer.hpp"
#include "augmentation.hpp"
#include "registry.hpp"

namespace adatape::examples {

/// The defaults are the demo's: about two minutes on two cores.
struct Recipe {
  std::string model = AdatapeFashion::name, loss = "softmax";
  Index epochs = 8, batch_size = 128;
  double lr = 3e-3, weight_decay = 0.1, warmup_epochs = 0.3, clip_grad = 1, smoothing = 0.05;
  double tau = 0, ponder_weight = 0.003;
  double dropout = 0, stochastic_depth = 0, query_noise = 0, bernoulli_p = 0;
  Augmentation augmentation{.flip = true};
  std::uint64_t seed = 0;

  /// visit(name, value, help, check) for every setting.
  template <class Visit>
  void each(const Visit& visit) {
    const CLI::Range rate(0.0, 0.999), not_negative(0.0, 1e9);
    const CLI::Range positive(Index{1}, std::numeric_limits<Index>::max() / 2);
    visit("model", model, "one of --list-models", CLI::IsMember(model_names()));
    visit("epochs", epochs, "passes over the training images", positive);
    visit("batch-size", batch_size, "images a step", positive);
    visit("lr", lr, "largest learning rate (AdamW; cosine to 0 over the run)", not_negative);
    visit("weight-decay", weight_decay, "decoupled weight decay", not_negative);
    visit("warmup-epochs", warmup_epochs, "linear warm-up; fractions are fine", not_negative);
    visit("clip-grad", clip_grad, "global norm that gradients are scaled down to; 0: never", not_negative);
    visit("loss", loss, "softmax, or sigmoid as in the paper", CLI::IsMember({"sigmoid", "softmax"}));
    visit("smoothing", smoothing, "label smoothing", rate);
    visit("tau", tau, "halting threshold of the reader; 0: the model's own", not_negative);
    visit("ponder-weight", ponder_weight, "weight of the ponder loss", not_negative);
    visit("dropout", dropout, "probability of dropping an activation", rate);
    visit("stochastic-depth", stochastic_depth, "probability of skipping the last block, growing linearly over the blocks", rate);
    visit("query-noise", query_noise, "scale of the noise on the reader's query", not_negative);
    visit("bernoulli-p", bernoulli_p, "probability that a bank token counts as read beforehand", rate);
    visit("flip", augmentation.flip, "1: mirror training images at random", CLI::IsMember({"0", "1"}));
    visit("shift", augmentation.shift, "move training images at random by up to this many pixels", CLI::Range(0, 27));
    visit("erase", augmentation.erase, "probability of covering a random rectangle of a training image", CLI::Range(0.0, 1.0));
    visit("seed", seed, "of everything random; equal seeds give equal bits", CLI::Range(std::uint64_t{0}, std::numeric_limits<std::uint64_t>::max()));
  }

  void add_flags(CLI::App& app) {
    each([&](const std::string& name, auto& value, const char* help, const auto& check) {
      app.add_option("--" + name, value, help)->check(check)->capture_default_str();
    });
  }

  nlohmann::json to_json() const {
    nlohmann::json json;
    Recipe copy = *this;
    copy.each([&](const std::string& name, const auto& value, const auto&...) { json[name] = value; });
    return json;
  }

  /// Takes over what a checkpoint recorded. Throws UsageError for a flag of the command line that says otherwise.
  void resume(const nlohmann::json& recorded, const CLI::App& app, const std::string& where) {
    each([&](const std::string& name, auto& value, const auto&...) {
      using Value = std::remove_reference_t<decltype(value)>;
      require(recorded.is_object() && recorded.contains(name), where, ": the recorded training has no \"", name, "\"");
      const auto wanted = recorded.at(name).template get<Value>();
      if (app.get_option("--" + name)->count() > 0 && value != wanted)
        throw UsageError(fmt::format("--{}: {} was trained with {}, found {}; a resumed run keeps its settings", name, where, wanted, value));
      value = wanted;
    });
  }

  /// Throws UsageError if tau is out of Config's range.
  template <class Config>
  train::TrainingOptions options(Index batches_per_epoch) const {
    train::TrainingOptions options;
    options.objective = {loss == "softmax" ? ops::LossKind::softmax : ops::LossKind::sigmoid, smoothing, ponder_weight};
    options.schedule = {train::Decay::cosine, lr, static_cast<Index>(std::lround(warmup_epochs * static_cast<double>(batches_per_epoch))),
                        epochs * batches_per_epoch};
    options.adamw.weight_decay = weight_decay;
    options.clip_norm = clip_grad;
    options.settings = {
        .tau = tau, .dropout = dropout, .stochastic_depth = stochastic_depth, .query_noise = query_noise, .bernoulli_p = bernoulli_p};
    options.seed = seed;
    return options;
  }
};

/// Throws UsageError unless Config's reader takes the threshold `tau`.
template <class Config>
void check_tau(double tau) {
  if (tau < 0 || (model::Classifier<Config>::reads_tape && tau > Config::num_tape_tokens))
    throw UsageError(fmt::format("--tau: {} is out of range, {} takes more than 0 and at most {}", tau, Config::name, Config::num_tape_tokens));
}

}  // namespace adatape::examples
