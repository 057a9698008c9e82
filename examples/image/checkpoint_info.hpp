#pragma once
/// What a checkpoint of these programs says about itself, beside its tensors.
#include <string>
#include <vector>

#include "../common/compiled_model.hpp"
#include "adatape/io/json.hpp"
#include "adatape/io/safetensors.hpp"
#include "pixels.hpp"

namespace adatape::examples {

inline const std::vector<std::string> kFashionClasses{"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                                                      "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};

/// How a message names metadata `key` of a checkpoint.
inline std::string metadata_place(const io::SafetensorsFile& file, const std::string& key) { return file.path() + ": metadata \"" + key + '"'; }

/// The JSON value of metadata `key`. Throws Error if it is missing, no JSON, too long or nested too deep.
inline nlohmann::json json_metadata(const io::SafetensorsFile& file, const std::string& key) {
  return io::parse_json(file.metadata(key), metadata_place(file, key));
}

/// What is needed to use a trained model. `config` has the keys of model::describe with the threshold in force, and "loss".
struct CheckpointInfo {
  nlohmann::json config;
  std::vector<std::string> classes;  ///< names; may be fewer than the model has outputs, or none
  PixelStatistics pixels;

  static CheckpointInfo of(const ModelFacts& facts, double tau, const std::string& loss, const std::vector<std::string>& classes,
                           const PixelStatistics& pixels) {
    auto config = nlohmann::json::parse(facts.config);
    if (tau > 0 && config.contains("dynamic") && config["dynamic"].is_object()) config["dynamic"]["threshold"] = tau;
    config["loss"] = loss;
    return {config, classes, pixels};
  }

  /// Throws Error that names the file and the key for whatever does not fit.
  static CheckpointInfo read(const io::SafetensorsFile& file) {
    CheckpointInfo info{json_metadata(file, "config"), {}, {}};
    const auto config = metadata_place(file, "config"), pixels = metadata_place(file, "pixels");
    require(info.config.is_object(), config, ": wanted a JSON object, found ", io::found_text(info.config));
    if (io::json_has(info.config, "loss")) io::json_string(info.config, "loss", config, {"softmax", "sigmoid"});
    if (io::json_has(info.config, "dynamic") && io::json_has(info.config["dynamic"], "threshold"))
      io::json_number(info.config["dynamic"], "threshold", config + ": \"dynamic\"", 0, 1e6);
    const auto statistics = json_metadata(file, "pixels");
    info.pixels = {io::json_number(statistics, "mean", pixels, -1e6, 1e6), io::json_number(statistics, "deviation", pixels, 1e-6, 1e6)};
    if (file.metadata().contains("classes"))
      info.classes = io::json_strings(nlohmann::json{{"classes", json_metadata(file, "classes")}}, "classes", file.path() + ": metadata", 10'000);
    return info;
  }

  void write(io::Metadata& metadata) const {
    metadata["config"] = io::json_text(config);
    metadata["classes"] = io::json_text(nlohmann::json(classes));
    metadata["pixels"] = io::json_text({{"mean", pixels.mean}, {"deviation", pixels.deviation}});
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
