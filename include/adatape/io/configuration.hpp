#pragma once
/// The comparison of the configuration in a checkpoint with that of the model that is to take the parameters.
///
/// A model with a static function description() returns its configuration as the text of a JSON object (model::Classifier does). The text is stored as
/// metadata "config". These are the rules of the comparison:
/// - Every key of the description must be in the file with an equal value. A key inside another object has a dotted name, such as "dynamic.loss_type".
/// - Keys of the file that the description does not have ("loss", "label_smoothing", keys of a program) say nothing about parameters, and are not compared.
/// - Keys that are set anew at every run (kRunTimeKeys) may differ.
/// - A description has some keys only where they differ from their default (kKeysLeftOut). A file that has one of them is of another model then.
#include <concepts>
#include <map>

#include "adatape/io/json.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::io {

/// A layer that has a description of its configuration.
template <class Layer>
concept Described = requires {
  { Layer::description() } -> std::convertible_to<std::string>;
};

/// Keys of a description that may differ between file and model. The threshold is one, because Engine::run and Trainer take tau at run time. A file has the
/// threshold that was in force when it was written.
inline constexpr std::array<std::string_view, 1> kRunTimeKeys{"dynamic.threshold"};

/// Keys that a description leaves out where the model has the default.
inline constexpr std::array<std::string_view, 12> kKeysLeftOut{
    "input",       "image_reduction", "symbol_count", "layer_norm_epsilon", "qkv_bias", "layer_scale",
    "class_token", "registers",       "distillation", "positions",          "fc_norm",  "representation_size",
};

/// A key whose values differ. The values are texts for a message, such as "4", "\"tanh\"", "nothing" or "the default".
struct Difference {
  std::string key;     ///< with dots where it is inside another object, such as "dynamic.loss_type"
  std::string wanted;  ///< the value of the model
  std::string found;   ///< the value of the file, or of the weights that the model takes
};

namespace detail {

/// A value for a message: an array as JSON, cut after 100 bytes, any other value as found_text has it.
inline std::string difference_text(const nlohmann::json& value) {
  if (!value.is_array()) return found_text(value);
  const std::string text = json_text(value);
  return text.size() <= 100 ? text : text.substr(0, 100) + "...";
}

/// Appends the differences of two JSON objects to `out`. Keys get `prefix` in front.
inline void add_differences(const nlohmann::json& wanted, const nlohmann::json& found, const std::string& prefix, std::vector<Difference>& out) {
  for (const auto& [name, value] : wanted.items()) {
    const std::string key = prefix + name;
    if (std::ranges::find(kRunTimeKeys, key) != kRunTimeKeys.end()) continue;
    const auto other = found.find(name);
    if (other == found.end()) {
      out.push_back({key, difference_text(value), std::ranges::find(kKeysLeftOut, key) == kKeysLeftOut.end() ? "nothing" : "the default"});
    } else if (value.is_object() && other->is_object()) {
      add_differences(value, *other, key + ".", out);
    } else if (value != *other) {
      out.push_back({key, difference_text(value), difference_text(*other)});
    }
  }
}

}  // namespace detail

/// The keys of the JSON object `description` that `config` does not have, or has with another value, and those of kKeysLeftOut that only `config` has.
/// kRunTimeKeys are not compared. If `config` is not an object, these are all keys. Throws Error if `description` is not JSON, and std::bad_alloc where there
/// is no memory.
inline std::vector<Difference> configuration_differences(const std::string& description, const nlohmann::json& config) {
  std::vector<Difference> out;
  const auto wanted = parse_json(description, "the description of a model"), found = config.is_object() ? config : nlohmann::json::object();
  detail::add_differences(wanted, found, "", out);
  for (const auto left_out : kKeysLeftOut)
    if (const std::string key(left_out); json_has(found, key) && !json_has(wanted, key))
      out.push_back({key, "the default", detail::difference_text(found.at(key))});
  return out;
}

/// "\"gelu\": wanted \"tanh\", found \"erf\"; \"num_heads\": wanted 4, found 8"
inline std::string differences_text(const std::vector<Difference>& differences) {
  std::string out;
  for (const auto& [key, wanted, found] : differences) out += (out.empty() ? "" : "; ") + in_quotes(key) + ": wanted " + wanted + ", found " + found;
  return out;
}

/// Throws Error beginning with `where`, which names every key that differs, if `config` is not the configuration of the model with this description.
inline void require_configuration(const std::string& description, const nlohmann::json& config, const std::string& where) {
  require(config.is_object(), where, ": wanted a JSON object, found ", found_text(config));
  const auto differences = configuration_differences(description, config);
  if (!differences.empty()) throw Error(where + ": not the configuration of this model: " + differences_text(differences));
}

}  // namespace adatape::io
