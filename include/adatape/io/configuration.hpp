#pragma once
/// The configuration that a checkpoint records, against that of the model which is to take its parameters.
///
/// A model says what it was built with: a layer with a static description() returns a JSON object as text (model::Classifier has it). It is stored as
/// metadata "config". Every key of the description must stand in the file with an equal value, dotted names for objects inside ("dynamic.loss_type").
/// Keys that the description does not have say nothing about the parameters ("loss", "label_smoothing", "ponder_weight"; a program's own) and are passed
/// over. What is set anew at every run may differ: kRunTimeKeys.
#include <concepts>
#include <map>

#include "adatape/io/json.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::io {

/// A layer that says what it was built with.
template <class Layer>
concept Described = requires {
  { Layer::description() } -> std::convertible_to<std::string>;
};

/// Keys of a description that may differ between file and model. The threshold tau is what Engine::run and Trainer are told at every call; a file has the
/// one that was in force when it was written.
inline constexpr std::array<std::string_view, 1> kRunTimeKeys{"dynamic.threshold"};

/// A key whose values differ; as text of a message ("4", "\"tanh\"", "nothing").
struct Difference {
  std::string key, wanted, found;
};

namespace detail {

/// A value whose parts are to be seen: arrays as JSON, cut after 100 bytes.
inline std::string difference_text(const nlohmann::json& value) {
  if (!value.is_array()) return found_text(value);
  const std::string text = json_text(value);
  return text.size() <= 100 ? text : text.substr(0, 100) + "...";
}

inline void add_differences(const nlohmann::json& wanted, const nlohmann::json& found, const std::string& prefix, std::vector<Difference>& out) {
  for (const auto& [name, value] : wanted.items()) {
    const std::string key = prefix + name;
    if (std::ranges::find(kRunTimeKeys, key) != kRunTimeKeys.end()) continue;
    const auto other = found.find(name);
    if (other == found.end()) {
      out.push_back({key, difference_text(value), "nothing"});
    } else if (value.is_object() && other->is_object()) {
      add_differences(value, *other, key + ".", out);
    } else if (value != *other) {
      out.push_back({key, difference_text(value), difference_text(*other)});
    }
  }
}

}  // namespace detail

/// The keys of the JSON object `description` that `config` does not have or has with another value, less the run-time settings. If `config` is no
/// object, all of them.
inline std::vector<Difference> configuration_differences(const std::string& description, const nlohmann::json& config) {
  std::vector<Difference> out;
  detail::add_differences(parse_json(description, "the description of a model"), config.is_object() ? config : nlohmann::json::object(), "", out);
  return out;
}

/// "\"gelu\": wanted \"tanh\", found \"erf\"; \"num_heads\": wanted 4, found 8"
inline std::string differences_text(const std::vector<Difference>& differences) {
  std::string out;
  for (const auto& [key, wanted, found] : differences) out += (out.empty() ? "" : "; ") + in_quotes(key) + ": wanted " + wanted + ", found " + found;
  return out;
}

/// Throws Error beginning with `where` that names every key, if `config` is not that of the model with this description.
inline void require_configuration(const std::string& description, const nlohmann::json& config, const std::string& where) {
  require(config.is_object(), where, ": wanted a JSON object, found ", found_text(config));
  const auto differences = configuration_differences(description, config);
  if (!differences.empty()) throw Error(where + ": not the configuration of this model: " + differences_text(differences));
}

}  // namespace adatape::io
