#pragma once
/// What a checkpoint of these programs says about itself, beside its tensors.
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "adatape/io/checkpoint.hpp"
#include "adatape/model/describe.hpp"
#include "pixels.hpp"

namespace adatape::examples {

inline const std::vector<std::string> kFashionClasses{"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                                                      "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};

/// The JSON value of metadata `key`. Throws Error if it is missing or no JSON.
inline nlohmann::json json_metadata(const io::SafetensorsFile& file, const std::string& key) {
  auto json = nlohmann::json::parse(file.metadata(key), nullptr, false);
  require(!json.is_discarded(), file.path(), ": metadata \"", key, "\" is not JSON");
  return json;
}

/// What is needed to use a trained model. `config` has the keys of model::describe with the threshold in force, and "loss".
struct CheckpointInfo {
  nlohmann::json config;
  std::vector<std::string> classes;
  PixelStatistics pixels;

  template <class Config>
  static CheckpointInfo of(double tau, const std::string& loss, const std::vector<std::string>& classes, const PixelStatistics& pixels) {
    auto config = nlohmann::json::parse(model::describe<Config>());
    if (tau > 0 && config.contains("dynamic") && config["dynamic"].is_object()) config["dynamic"]["threshold"] = tau;
    config["loss"] = loss;
    return {config, classes, pixels};
  }

  static CheckpointInfo read(const io::SafetensorsFile& file) {
    CheckpointInfo info{json_metadata(file, "config"), {}, {}};
    try {
      if (file.metadata().contains("classes")) info.classes = json_metadata(file, "classes").get<std::vector<std::string>>();
      const auto pixels = json_metadata(file, "pixels");
      info.pixels = {pixels.at("mean").get<double>(), pixels.at("deviation").get<double>()};
      require(info.pixels.deviation > 0, file.path(), ": metadata \"pixels\": the deviation must be greater than 0");
      require(info.config.is_object(), file.path(), ": metadata \"config\": wanted a JSON object");
      if (info.config.contains("loss")) info.config.at("loss").get<std::string>();
    } catch (const nlohmann::json::exception& error) {
      throw Error(file.path() + ": metadata does not say what this program needs: " + error.what());
    }
    return info;
  }

  void write(io::Metadata& metadata) const {
    metadata["config"] = config.dump();
    metadata["classes"] = nlohmann::json(classes).dump();
    metadata["pixels"] = nlohmann::json{{"mean", pixels.mean}, {"deviation", pixels.deviation}}.dump();
  }

  bool softmax() const { return config.value("loss", "sigmoid") == "softmax"; }
  /// The threshold that the model was trained with; 0 if it has none.
  double tau() const { return config.contains("dynamic") && config["dynamic"].is_object() ? config["dynamic"].value("threshold", 0.0) : 0; }
  std::string class_name(Index label) const {
    const auto at = static_cast<std::size_t>(label);
    return at < classes.size() ? classes[at] : std::to_string(label);
  }
};

}  // namespace adatape::examples
