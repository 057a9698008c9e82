#pragma once
/// Clutter: one whole picture on a large canvas, among fragments of other pictures. Of which class is the whole one?
/// After the cluttered MNIST of Mnih et al., Recurrent Models of Visual Attention, NeurIPS 2014.
#include <filesystem>

#include "../tasks/idx_pictures.hpp"
#include "../tasks/task.hpp"

namespace adatape::examples {

/// How canvases are made.
struct ClutterOptions {
  Index pixels = 224;    ///< height and width of a canvas
  double fragments = 1;  ///< most fragments for each kPicture x kPicture pixels of the canvas
  std::uint64_t seed = 0;
};

/// A picture of kPicture x kPicture pixels, uniform over all pictures, stands wholly inside the canvas, at a uniform place. Its class is the label. Behind it
/// lie fragments: kFragment x kFragment pixels from a uniform place of another uniform picture, each at a uniform place of the canvas. Where several cover a
/// pixel, the brightest shows. The number of fragments, the difficulty, is uniform over kLevels numbers: 0, 1/4, 1/2, 3/4 of the most, and the most. Pixels are
/// kDark to kBright. Training has the pictures of the training set, tests have those of the test set. A sample is a function of (seed, training or test, step,
/// number) alone.
class ClutterTask : public Task {
 public:
  static constexpr Index kPicture = kIdxPicture, kFragment = 8, kLevels = 5;
  static constexpr float kDark = -0.5f, kBright = 1;
  static constexpr int kClasses = 10;

  /// Reads MNIST, Fashion-MNIST or another set of kClasses classes, the four files of `directory`. Throws Error as data::load_idx_dataset does, for images of
  /// another size, and for fewer than two images in a file.
  ClutterTask(const std::filesystem::path& directory, const ClutterOptions& options);

  /// Of the pictures.
  std::uint32_t checksum() const { return checksum_of(test_, checksum_of(train_)); }
  TaskSample training_sample(std::uint64_t step, std::uint64_t number, std::span<float> input) const override { return draw(train_, 0, step, number, input); }
  TaskSample test_sample(std::uint64_t number, std::span<float> input) const override { return draw(test_, 1, 0, number, input); }

 private:
  TaskSample draw(const data::ImageDataset& pictures, std::uint32_t set, std::uint64_t step, std::uint64_t number, std::span<float> canvas) const;

  ClutterOptions options_;
  data::ImageDataset train_, test_;
};

}  // namespace adatape::examples
