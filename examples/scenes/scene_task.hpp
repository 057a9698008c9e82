#pragma once
/// Scenes: many small pictures of clothes in a grid, some of them marked. To which of four groups do most of the marked ones belong?
#include <filesystem>
#include <vector>

#include "../tasks/task.hpp"

namespace adatape::examples {

/// How scenes are made.
struct SceneOptions {
  Index cells = 28;       ///< a scene has cells x cells cells, each of kCell x kCell pixels
  Index most_marks = 24;  ///< marked pictures of a scene: 1 to this many, all numbers equally likely
  std::uint64_t seed = 0;
};

/// Fashion-MNIST pictures of 28 x 28 pixels, each the mean over 4 x 4 pixels: 7 x 7, from 0 to 1, and the group of each.
struct SmallPictures {
  std::vector<float> pixels;
  std::vector<int> groups;
  std::vector<std::vector<Index>> of_group;  ///< numbers of the pictures of each group
};

/// A cell has 8 x 8 pixels: a picture of 7 x 7, above it and left of it a line that is bright where the picture is marked. Pixels are kDark to kBright.
///
/// The number of marked pictures, the difficulty, is uniform from 1 to most_marks. Each has a uniform group; this is drawn again until one group has more
/// pictures than any other: the label. Marked pictures are uniform in their group and stand in different cells. All other cells hold unmarked pictures, which
/// are uniform over all pictures. Training has the 60 000 pictures of the training set, tests the 10 000 of the test set.
/// A sample is [8 cells, 8 cells] pixels. Where a model takes more values, random cells of the scene stand behind these: each is other than the ones before it,
/// and has its 64 pixels in a row.
/// A sample is a function of (seed, training or test, step, number) alone.
class SceneTask : public Task {
 public:
  static constexpr Index kCell = 8, kPicture = 7;
  static constexpr float kDark = -0.5f, kBright = 1;
  static constexpr int kGroups = 4;  ///< tops; trousers and dresses; shoes; bags

  /// Reads Fashion-MNIST, the four files of `directory`. Throws Error as data::load_idx_dataset does, and for images of another size. most_marks is at most
  /// the number of cells.
  SceneTask(const std::filesystem::path& directory, const SceneOptions& options);

  /// Of the pictures.
  std::uint32_t checksum() const { return checksum_; }
  TaskSample training_sample(std::uint64_t step, std::uint64_t number, std::span<float> input) const override { return draw(train_, 0, step, number, input); }
  TaskSample test_sample(std::uint64_t number, std::span<float> input) const override { return draw(test_, 1, 0, number, input); }

 private:
  TaskSample draw(const SmallPictures& pictures, std::uint32_t set, std::uint64_t step, std::uint64_t number, std::span<float> input) const;

  SceneOptions options_;
  SmallPictures train_, test_;
  std::uint32_t checksum_ = 0;
};

}  // namespace adatape::examples
