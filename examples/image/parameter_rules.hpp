#pragma once
/// How the tensors of a model are trained, as flags say it.
#include <string>
#include <string_view>

#include "../common/compiled_model.hpp"
#include "../common/guarded_main.hpp"
#include "adatape/train/layer_rates.hpp"

namespace adatape::examples {

struct RuleSettings {
  std::string decay = "all";  ///< which tensors decay: "all", or "kernels" (no biases, scales of norms, cls and positions)
  std::string freeze{};       ///< parts of names, separated by commas: tensors that have one of them keep their values
  double layer_decay = 1;     ///< factor of the learning rate from layer to layer towards the input (train::layer_wise_rate_decay); 1: none
};

/// The rules of a model with these facts; none where every tensor is trained alike. Throws UsageError for another word in `decay`, for a layer_decay that is
/// not above 0 and at most 1, for a part that is in the name of no tensor, and where every tensor would keep its values.
inline train::ParameterRules parameter_rules(const RuleSettings& settings, const ModelFacts& facts) {
  if (settings.decay != "all" && settings.decay != "kernels")
    throw UsageError(std::string("--decay: wanted all or kernels, found ").append(io::in_quotes(settings.decay)));
  if (!(settings.layer_decay > 0 && settings.layer_decay <= 1)) throw UsageError("--layer-decay: wanted a number above 0 and at most 1");
  train::ParameterRules rules;
  if (settings.decay == "kernels") rules = train::decay_kernels_only;
  auto trained = facts.tensors;
  const std::string freeze = std::string("--freeze: no tensor of ").append(facts.name);
  for (std::string_view rest = settings.freeze; !rest.empty();) {
    const auto comma = rest.find(',');
    const std::string part(rest.substr(0, comma));
    rest.remove_prefix(comma == rest.npos ? rest.size() : comma + 1);
    const auto has_part = [&](const std::string& name) { return name.find(part) != name.npos; };
    if (part.empty() || std::ranges::none_of(facts.tensors, has_part)) throw UsageError(freeze + " has " + io::in_quotes(part) + " in its name");
    std::erase_if(trained, has_part);
    rules = train::frozen(part, std::move(rules));
  }
  if (trained.empty()) throw UsageError(freeze + " is left to train");
  if (settings.layer_decay < 1) rules = train::layer_wise_rate_decay(settings.layer_decay, facts.blocks, facts.read_layers, std::move(rules));
  return rules;
}

}  // namespace adatape::examples
