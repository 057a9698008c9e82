#pragma once
/// What a checkpoint of these programs says about itself, beside its tensors. checkpoint_records.cpp has the bodies that look into JSON.
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "../common/compiled_model.hpp"
#include "picture_fit.hpp"
#include "pixels.hpp"

namespace adatape::examples {

inline const std::vector<std::string> kFashionClasses{"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                                                      "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};

/// Opens a checkpoint as io::SafetensorsFile::open does, for a caller that does not look into it itself.
std::shared_ptr<const io::SafetensorsFile> open_checkpoint(const std::filesystem::path& path);

/// Whether a checkpoint has averaged weights beside those that were trained.
bool has_average(const io::SafetensorsFile& file);

/// The steps that a checkpoint has had. Throws Error if its metadata "step" is missing or no number.
Index recorded_step(const io::SafetensorsFile& file);

/// What is needed to use a trained model.
struct CheckpointInfo {
  std::string config;                ///< a JSON object: the keys of model::describe with the threshold in force, and "loss"
  bool softmax = false;              ///< what makes probabilities of logits; false: each logit's sigmoid
  double tau = 0;                    ///< the threshold that the model was trained with; 0: it has none
  Index class_count = 0;             ///< of the data, at most the outputs of the model; the outputs behind them mean nothing
  std::vector<std::string> classes;  ///< names; may be fewer than class_count, or none
  PixelStatistics pixels;
  PictureFit fit;                    ///< how pictures became the model's size

  /// Of a model for as many classes as it has outputs, with pictures that are stretched.
  static CheckpointInfo of(const ModelFacts& facts, double tau, const std::string& loss, const PixelStatistics& pixels);
  /// From the metadata of the file at `path`. Throws Error that names the file and the key for whatever does not fit.
  static CheckpointInfo read(const std::string& path, const io::Metadata& metadata);
  static CheckpointInfo read(const io::SafetensorsFile& file);
  /// read(), or nothing of a file that does not say how its pictures were made.
  static std::optional<CheckpointInfo> read_if_recorded(const io::SafetensorsFile& file);
  /// read(), of a checkpoint of this model. Throws Error if it is of another one.
  static CheckpointInfo read_of(const io::SafetensorsFile& file, const ModelFacts& facts);
  void write(io::Metadata& metadata) const;

  /// Whether a checkpoint that another run is to start from is of as many classes with the same names. Throws Error if its configuration is not that of a model
  /// for pictures. A file without a configuration may be of any model, and is of other classes.
  bool has_classes_of(const io::SafetensorsFile& file) const;

  /// What a warning says where pictures are made in another way than `other` has them; empty: they are not.
  std::string pictures_otherwise(const CheckpointInfo& other) const;

  /// Whether the configuration is that of the model, up to run-time settings (io/configuration.hpp).
  bool is_of(const ModelFacts& facts) const;
  std::string class_name(Index label) const {
    const auto at = static_cast<std::size_t>(label);
    return at < classes.size() ? classes[at] : std::to_string(label);
  }
};

/// The entry of the model whose checkpoint `info` is of. Throws UnknownModel that names `where` if there is none, Error if the statistics of pixels are of
/// other channels.
const CompiledModel& find_configuration(const std::vector<CompiledModel>& models, const CheckpointInfo& info, const std::string& where);

}  // namespace adatape::examples
