#pragma once
/// The role "infer" of a model.
#include "adatape/model/describe.hpp"
#include "role_engine.hpp"

namespace adatape::examples {

template <class Config>
void infer_samples(const ModelParameters<Config>& parameters, Index samples, const Settings& settings, const FillInput& fill, const VisitResult& visit) {
  EngineModel<Config, float>(parameters).infer(samples, settings, fill, visit);
}

/// Multiply-accumulates of forward of one sample that reads the whole tape, or that takes all steps of adaptive computation.
template <class Config>
double largest_macs() {
  using Model = model::Classifier<Config>;
  using Samples = FlatSamples<Config>;
  Arena arena;
  typename Model::template Output<float> output(1, {}, arena);
  output.own_length[0] = Samples::own_tokens;
  output.bank_length[0] = Samples::bank_size;
  if constexpr (Config::encoder == model::Encoder::pondernet) {
    output.trace = Model::Stack::template start_trace<float>(1, Samples::own_tokens, {}, arena);
    output.trace.taken[0] = Config::act_max_steps;
  } else if constexpr (Config::encoder == model::Encoder::act) {
    output.trace.state = arena.take_span<act::HaltingState<float>>(1);
    output.trace.state[0] = {};
    output.trace.state[0].updates = Config::act_max_steps;
  } else if constexpr (Model::reads_tape) {
    const Index tokens = Config::num_tape_tokens;
    const double tau = tape::effective_tau<Config>(0);
    for (auto& read : output.trace.read) {
      read = tape::ReadTrace<float>(1, tokens, tape::tokens_per_step<Config>(tau, Samples::bank_size), arena);
      read.length[0] = tokens;
    }
  }
  return output.forward_macs(0);
}

/// Config::name, a value or a function.
template <class Config>
std::string name_of() {
  static_assert(requires { std::string(Config::name); } || requires { std::string(Config::name()); },
                "a configuration has a name: static constexpr const char* name = \"my-model\";");
  if constexpr (requires { Config::name(); })
    return Config::name();
  else
    return Config::name;
}

template <class Config>
ModelFacts facts_of() {
  using Model = model::Classifier<Config>;
  using Samples = FlatSamples<Config>;
  constexpr bool repeats = model::repeats_block(Config::encoder);
  ModelFacts facts{.name = name_of<Config>(), .config = model::describe<Config>(), .parameters = ModelParameters<Config>::count, .classes = Model::classes,
                   .input_size = Samples::input_size, .features = Model::features, .own_tokens = Samples::own_tokens, .bank_size = Samples::bank_size,
                   .read_layers = {}, .tensors = {}, .largest_macs = largest_macs<Config>(), .reads_tape = Model::reads_tape, .length_name = repeats ? "steps" : "tape length"};
  if constexpr (Config::input == model::Input::image) {
    facts.height = Config::image[0];
    facts.width = Config::image[1];
    facts.channels = Config::image[2];
    if constexpr (Model::has_input_bank) {
      facts.bank_patch = Config::patch_bank_size;
      facts.bank_columns = Config::image[1] / Config::patch_bank_size;
    }
  }
  for (const auto& entry : ModelParameters<Config>::layout()) facts.tensors.emplace_back(entry.name());
  facts.blocks = !repeats ? Config::num_layers : Config::share_parameters ? 1 : Config::act_max_steps;
  if constexpr (repeats) facts.longest = Config::act_max_steps;
  if constexpr (Model::reads_tape) {
    facts.read_layers.assign(Config::add_tape_token_to_layers.begin(), Config::add_tape_token_to_layers.end());
    facts.longest = static_cast<int>(Config::add_tape_token_to_layers.size()) * Config::num_tape_tokens;
    facts.largest_tau = Config::num_tape_tokens;
    if constexpr (Config::dynamic) facts.threshold = Config::threshold;
  }
  return facts;
}

}  // namespace adatape::examples
