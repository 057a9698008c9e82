#pragma once
/// A trained model in a file: a checkpoint, or packed weights. model_file.cpp has the bodies that look into files.
#include <filesystem>
#include <memory>
#include <string>

#include "checkpoint_info.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::io {
class PackedFile;
}

namespace adatape::examples {

/// An open file, whose header was checked. The weights are read when the model is loaded.
class ModelFile {
 public:
  /// Throws Error as io::SafetensorsFile::open and io::PackedFile::open do.
  explicit ModelFile(const std::filesystem::path& path);

  const std::string& path() const;
  const io::Metadata& metadata() const;
  bool is_packed() const { return packed_ != nullptr; }
  /// The checkpoint. Throws Error if the weights are packed.
  const io::SafetensorsFile& checkpoint() const;

  /// How the kernels are stored: that of packed weights; "bf16" or "int8" where a tensor of a checkpoint is BF16 or I8; else "f32".
  std::string storage() const;

  /// Compares packed weights with their checksum. Throws Error if they are damaged. A checkpoint is compared when it is loaded.
  void check() const;

  /// The CRC-32 of the whole file. Throws Error if it cannot be read.
  std::uint64_t checksum() const;

  /// The model, which find_configuration found for this file. `storage`: how the engine stores its kernels; empty: as the file. Throws UsageError where weights
  /// are packed for another storage, Error as CompiledEngine::load and map do.
  std::unique_ptr<TrainedModel> load(const CompiledModel& compiled, const std::string& storage) const;

 private:
  std::shared_ptr<const io::SafetensorsFile> checkpoint_;
  std::shared_ptr<const io::PackedFile> packed_;
};

}  // namespace adatape::examples
