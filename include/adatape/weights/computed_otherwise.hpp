#pragma once
/// What a family computes in another way than a model does: logits of the same weights differ then.
#include "adatape/io/configuration.hpp"
#include "adatape/weights/family.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::weights {

/// Settings by their key: `wanted` is the model's, `found` the family's. `config` is the description of the model; where it has no "layer_norm_epsilon", that
/// is 1e-6. Throws Error for a description that is not one of model::describe, std::bad_alloc where there is no memory.
inline std::vector<io::Difference> computed_otherwise(const Family& family, const nlohmann::json& config) {
  constexpr std::string_view where = "the description of a model";
  const auto& gelu = io::json_string(config, "gelu", std::string(where));
  const double epsilon = io::json_has(config, "layer_norm_epsilon") ? io::json_number(config, "layer_norm_epsilon", std::string(where)) : 1e-6;
  std::vector<io::Difference> out;
  if (gelu != family.gelu) out.push_back({"gelu", gelu, std::string(family.gelu)});
  if (epsilon != family.epsilon) out.push_back({"layer_norm_epsilon", io::number_text(epsilon), io::number_text(family.epsilon)});
  return out;
}
/// The same with the description as text. Throws Error where it is not JSON.
inline std::vector<io::Difference> computed_otherwise(const Family& family, const std::string& description) {
  return computed_otherwise(family, io::parse_json(description, "the description of a model"));
}

}  // namespace adatape::weights
