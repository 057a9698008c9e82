#pragma once
/// What files beside weights say of pictures and classes: preprocessor_config.json and config.json of Hugging Face's transformers, and config.json of timm's
/// models on its hub. The bodies look into JSON.
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "picture_fit.hpp"
#include "pixels.hpp"

namespace adatape::examples {

/// What was found; empty where nothing was said.
struct HuggingFaceFolder {
  std::string file = "preprocessor_config.json";  ///< which says how pictures are made
  std::optional<PictureFit> fit;
  std::optional<PixelStatistics> pixels;  ///< of 3 channels
  std::optional<Index> height, width;     ///< of what the model takes
  std::vector<std::string> classes;       ///< names of the classes 0, 1, ...; none where the file has none but LABEL_0, LABEL_1, ...
  std::vector<std::string> warnings;      ///< what a picture would go through that no rule of these programs does

  /// Reads the two files in the folder of `weights`, where they are there. Throws Error that names file and key for what is damaged or cannot be.
  static HuggingFaceFolder read(const std::filesystem::path& weights);
  /// The same of timm's config.json (timm/models/_hub.py, save_config_for_hf, and its older form without "pretrained_cfg"). What that leaves out has the
  /// defaults of timm/data/config.py. A config.json of another form says nothing.
  static HuggingFaceFolder read_timm(const std::filesystem::path& weights);
};

}  // namespace adatape::examples
