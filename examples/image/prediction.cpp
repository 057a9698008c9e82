#include "prediction.hpp"

#include <nlohmann/json.hpp>

namespace adatape::examples {

std::string prediction_json(const std::string& name, const Prediction& prediction, const CheckpointInfo& info, std::optional<Index> label) {
  const auto text = [](const nlohmann::ordered_json& object) { return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace); };
  if (!prediction.finite) {
    nlohmann::ordered_json json{{"image", name}, {"error", kNotFinite}};
    if (label) json["label"] = *label;
    return text(json);
  }
  nlohmann::ordered_json json{{"image", name},
                              {"class", prediction.label},
                              {"name", info.class_name(prediction.label)},
                              {"probability", prediction.probability},
                              {"length", prediction.length},
                              {"macs", prediction.macs},
                              {"tape", nlohmann::json::array()},
                              {"weights", nlohmann::json::array()}};
  if (label) json["label"] = *label;
  for (const auto& token : prediction.tape) {
    json["tape"].push_back(token.bank);
    json["weights"].push_back(token.weights);
  }
  return text(json);
}

}  // namespace adatape::examples
