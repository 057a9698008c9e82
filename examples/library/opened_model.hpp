#pragma once
/// A model that a caller of the C interface has opened.
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "../image/checkpoint_info.hpp"
#include "adatape.h"
#include "adatape/core/context.hpp"

namespace adatape::examples {

/// A file and its model, ready to predict. It does not change, so any number of threads may use it.
class OpenedModel {
 public:
  /// `storage`: empty, or how the engine keeps its kernels. Throws UnknownModel where its configuration is not compiled in, Error where the file is damaged or
  /// there is no such storage.
  OpenedModel(const std::string& path, const std::string& storage);

  Index input_size() const { return compiled_->facts.input_size; }
  std::string class_name(Index label) const;
  adatape_facts facts() const;
  /// k with these settings. Throws Error where they are out of range.
  Index tokens_per_step(const adatape_settings& settings) const;
  /// `pixels` and `input` have as many elements, a multiple of the channels.
  void normalise(std::span<const std::uint8_t> pixels, float* input) const;
  /// The picture as the model wants it, [height, width, channels]. Throws Error as image::read_image does.
  std::vector<std::uint8_t> read_picture(const std::string& path) const;
  /// Writes the wanted answers once all are there. Throws Error where a setting or a count does not fit; then nothing was written.
  void predict(std::span<const float> input, const adatape_settings& settings, const adatape_answers& answers) const;

 private:
  Settings settings_of(const adatape_settings& settings) const;

  CheckpointInfo info_;
  const CompiledModel* compiled_;
  std::unique_ptr<TrainedModel> model_;
};

}  // namespace adatape::examples
