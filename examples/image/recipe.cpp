#include "recipe.hpp"

#include "../command_line.hpp"
#include "registry.hpp"

namespace adatape::examples {

namespace {

constexpr double kMostCount = 1e9;

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

template <class Integer>
Integer bound(double value) {
  return static_cast<Integer>(value);
}

nlohmann::json json_of(const Setting& setting) {
  return std::visit([](const auto* value) { return nlohmann::json(*value); }, setting.value);
}

/// Sets the value from the recorded one, checked as the flag is.
void read_setting(const Setting& setting, const nlohmann::json& recorded, const std::string& where) {
  const auto integer = [&]<class Integer>(Integer* value) {
    *value = io::json_integer<Integer>(recorded, setting.name, where, bound<Integer>(setting.min), bound<Integer>(setting.max));
  };
  std::visit(Overloaded{[&](std::string* value) {
                          *value = io::json_string(recorded, setting.name, where);
                          require(std::ranges::count(setting.choices, *value) == 1, where, ": ", io::in_quotes(setting.name), ": no such choice: ",
                                  io::in_quotes(*value));
                        },
                        [&](double* value) { *value = io::json_number(recorded, setting.name, where, setting.min, setting.max); },
                        [&](bool* value) { *value = io::json_bool(recorded, setting.name, where); },
                        [&](std::uint64_t* value) { *value = io::json_integer<std::uint64_t>(recorded, setting.name, where); },
                        [&](Index* value) { integer(value); }, [&](int* value) { integer(value); }},
             setting.value);
}

std::vector<std::string> model_names() {
  std::vector<std::string> names;
  for (const auto& model : compiled_trainers()) names.push_back(model.facts.name);
  return names;
}

}  // namespace

std::vector<Setting> Recipe::settings() {
  if (model.empty()) model = compiled_trainers().front().facts.name;
  return {{"model", "one of --list-models", &model, 0, 0, model_names()},
          {"epochs", "passes over the training images", &epochs, 1, kMostCount, {}},
          {"schedule-epochs", "passes over which the learning rate falls to 0; 0: as --epochs", &schedule_epochs, 0, kMostCount, {}},
          {"batch-size", "images a step", &batch_size, 1, kMostCount, {}},
          {"lr", "largest learning rate (AdamW; cosine to 0 over the run)", &lr, 0, 1e3, {}},
          {"weight-decay", "decoupled weight decay", &weight_decay, 0, 1e3, {}},
          {"warmup-epochs", "linear warm-up; fractions are fine", &warmup_epochs, 0, kMostCount, {}},
          {"clip-grad", "global norm that gradients are scaled down to; 0: never", &clip_grad, 0, 1e9, {}},
          {"loss", "softmax, or sigmoid as in the paper", &loss, 0, 0, {"sigmoid", "softmax"}},
          {"smoothing", "label smoothing", &smoothing, 0, 0.999, {}},
          {"tau", "halting threshold of the reader; 0: the model's own", &tau, 0, 1e9, {}},
          {"ponder-weight", "weight of the ponder loss", &ponder_weight, 0, 1e9, {}},
          {"dropout", "probability of dropping an activation", &dropout, 0, 0.999, {}},
          {"stochastic-depth", "probability of skipping the last block, growing linearly over the blocks", &stochastic_depth, 0, 0.999, {}},
          {"query-noise", "scale of the noise on the reader's query", &query_noise, 0, 1e9, {}},
          {"bernoulli-p", "probability that a bank token counts as read beforehand", &bernoulli_p, 0, 0.999, {}},
          {"flip", "1: mirror training images at random", &augmentation.flip, 0, 1, {"0", "1"}},
          {"shift", "move training images at random by up to this many pixels", &augmentation.shift, 0, 27, {}},
          {"erase", "probability of covering a random rectangle of a training image", &augmentation.erase, 0, 1, {}},
          {"seed", "of everything random; equal seeds give equal bits", &seed, 0, 0, {}}};
}

void Recipe::add_flags(CLI::App& app) {
  for (const auto& setting : settings()) {
    const auto add = [&](auto& value, const CLI::Validator& check) { app.add_option("--" + setting.name, value, setting.help)->check(check)->capture_default_str(); };
    const auto integer = [&]<class Integer>(Integer* value) { add(*value, integer_from(bound<Integer>(setting.min), bound<Integer>(setting.max))); };
    std::visit(Overloaded{[&](std::string* value) { add(*value, CLI::IsMember(setting.choices)); },
                          [&](double* value) { add(*value, number_from(setting.min, setting.max)); },
                          [&](bool* value) { add(*value, CLI::IsMember(setting.choices)); },
                          [&](std::uint64_t* value) { add(*value, integer_from(std::uint64_t{0}, ~std::uint64_t{0})); },
                          [&](Index* value) { integer(value); }, [&](int* value) { integer(value); }},
               setting.value);
  }
}

nlohmann::json Recipe::to_json() const {
  nlohmann::json json;
  Recipe copy = *this;
  for (const auto& setting : copy.settings()) json[setting.name] = json_of(setting);
  return json;
}

void Recipe::resume(const nlohmann::json& recorded, const CLI::App& app, const std::string& where) {
  for (const auto& setting : settings()) {
    const auto given = json_of(setting);
    const bool has_flag = app.get_option("--" + setting.name)->count() > 0, may_change = setting.name == "epochs" || setting.name == "schedule-epochs";
    if (setting.name != "schedule-epochs" || io::json_has(recorded, setting.name)) read_setting(setting, recorded, where);
    if (!has_flag || given == json_of(setting)) continue;
    if (!may_change)
      throw UsageError(fmt::format("--{}: {} was trained with {}, found {}; a resumed run keeps its settings", setting.name, where, json_of(setting).dump(),
                                   given.dump()));
    *std::get<Index*>(setting.value) = given.get<Index>();
  }
}

train::TrainingOptions Recipe::options(Index batches_per_epoch) const {
  const Index total = scheduled_epochs() * batches_per_epoch;
  const double warmup = std::min(warmup_epochs * static_cast<double>(batches_per_epoch), static_cast<double>(total));
  train::TrainingOptions options;
  options.objective = {loss == "softmax" ? ops::LossKind::softmax : ops::LossKind::sigmoid, smoothing, ponder_weight};
  options.schedule = {train::Decay::cosine, lr, static_cast<Index>(std::lround(warmup)), total};
  options.adamw.weight_decay = weight_decay;
  options.clip_norm = clip_grad;
  options.settings = {.tau = tau, .dropout = dropout, .stochastic_depth = stochastic_depth, .query_noise = query_noise, .bernoulli_p = bernoulli_p};
  options.seed = seed;
  return options;
}

}  // namespace adatape::examples
