#pragma once
/// From a name, or from the configuration in a checkpoint, to a compiled-in model.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "adatape/core/error.hpp"
#include "adatape/core/parameters.hpp"
#include "adatape/io/configuration.hpp"
#include "adatape/model/describe.hpp"
#include "models.hpp"

namespace adatape::examples {

/// Calls f.template operator()<Config>() for every compiled-in model, in order.
template <class F>
void for_each_model(const F& f) {
  const auto each = [&]<class... Config>(std::tuple<Config...>*) { (f.template operator()<Config>(), ...); };
  each(static_cast<Models*>(nullptr));
}

inline std::vector<std::string> model_names() {
  std::vector<std::string> names;
  for_each_model([&]<class Config>() { names.emplace_back(Config::name); });
  return names;
}

/// f for the model called `name`. Throws Error if there is none.
template <class F>
auto with_model(const std::string& name, const F& f) {
  std::optional<decltype(f.template operator()<AdatapeFashion>())> result;
  for_each_model([&]<class Config>() {
    if (name == Config::name) result = f.template operator()<Config>();
  });
  require(result.has_value(), "no model is called \"", name, "\"; --list-models prints the names");
  return *std::move(result);
}

/// Whether a checkpoint's configuration is Config, up to run-time settings (io/configuration.hpp).
template <class Config>
bool is_configuration(const nlohmann::json& config) {
  return io::configuration_differences(model::describe<Config>(), config).empty();
}

/// f for the model whose configuration is `config`. Throws Error that names `where` if none is.
template <class F>
auto with_configuration(const nlohmann::json& config, const std::string& where, const F& f) {
  std::optional<decltype(f.template operator()<AdatapeFashion>())> result;
  for_each_model([&]<class Config>() {
    if (!result && is_configuration<Config>(config)) result = f.template operator()<Config>();
  });
  require(result.has_value(), where, ": its configuration is none of those that this program was compiled with");
  return *std::move(result);
}

/// Multiply-accumulates of one image that reads the whole tape, or that takes all steps of adaptive computation.
template <class Model>
double largest_macs() {
  constexpr bool act = Model::Config::encoder == model::Encoder::act;
  Arena arena;
  typename Model::template Output<float> output{1, nullptr, nullptr, {}};
  const auto settings = Settings{};
  if constexpr (act) {
    output.trace.state = arena.take_span<act::HaltingState<float>>(1);
    output.trace.state[0] = {};
    output.trace.state[0].updates = Model::Config::act_max_steps;
  } else if constexpr (Model::reads_tape) {
    const Index tokens = Model::Config::num_tape_tokens;
    const double tau = tape::effective_tau<typename Model::Config>(settings.tau);
    for (auto& read : output.trace.read) {
      read = tape::ReadTrace<float>(1, tokens, tape::step_size<typename Model::Config>(tau, Model::bank_size), arena);
      read.length[0] = tokens;
    }
  }
  return output.macs(0);
}

/// The table of --list-models.
inline void print_models() {
  fmt::print("{:<24}{:>12}{:>20}{:>8}{:>12}{:>8}\n", "name", "parameters", "MACs per image <=", "tokens", "tape <=", "bank");
  for_each_model([]<class Config>() {
    using Model = model::Classifier<Config>;
    const int tape = Model::reads_tape ? static_cast<int>(Config::add_tape_token_to_layers.size()) * Config::num_tape_tokens : 0;
    fmt::print("{:<24}{:>12}{:>20.0f}{:>8}{:>12}{:>8}\n", Config::name, Parameters<Model, float>::count, largest_macs<Model>(), Model::own_tokens,
               tape, Model::bank_size);
  });
}

}  // namespace adatape::examples
