#include "clutter_task.hpp"

#include <algorithm>
#include <cmath>

#include "adatape/core/random.hpp"

namespace adatape::examples {

namespace {

constexpr Index kPicture = ClutterTask::kPicture;

data::ImageDataset read_pictures(const std::filesystem::path& directory, data::Split split) {
  auto set = load_idx_pictures(directory, split);
  require(set.count > 1, directory.string(), ": wanted at least two images for training and for tests, found one");
  return set;
}

/// A uniform number from 0 to last.
Index draw_to(Draws& draws, Index last) { return static_cast<Index>(draws.below(static_cast<std::uint64_t>(last) + 1)); }

/// Paints the `side` x `side` pixels of a picture that begin at `from` onto those of a canvas that begin at `to`, which is `width` pixels wide.
void paint(const std::uint8_t* from, Index side, float* to, Index width) {
  for (Index r = 0; r < side; ++r)
    for (Index c = 0; c < side; ++c) {
      const float value = ClutterTask::kDark + (ClutterTask::kBright - ClutterTask::kDark) * static_cast<float>(from[r * kPicture + c]) / 255;
      to[r * width + c] = std::max(to[r * width + c], value);
    }
}

/// Paints onto a uniform place of a canvas.
void paint_somewhere(Draws& draws, const std::uint8_t* from, Index side, std::span<float> canvas, Index width) {
  const Index row = draw_to(draws, width - side), column = draw_to(draws, width - side);
  paint(from, side, canvas.data() + row * width + column, width);
}

}  // namespace

ClutterTask::ClutterTask(const std::filesystem::path& directory, const ClutterOptions& options)
    : options_(options), train_(read_pictures(directory, data::Split::train)), test_(read_pictures(directory, data::Split::test)) {}

TaskSample ClutterTask::draw(const data::ImageDataset& pictures, std::uint32_t set, std::uint64_t step, std::uint64_t number, std::span<float> canvas) const {
  Draws draws(Stream(options_.seed, Purpose::data, step, number, set));
  const Index width = options_.pixels, whole = draw_to(draws, pictures.count - 1);
  const double level = static_cast<double>(draw_to(draws, kLevels - 1)) / (kLevels - 1), area = static_cast<double>(width * width) / (kPicture * kPicture);
  const auto fragments = static_cast<int>(std::lround(level * options_.fragments * area));
  std::ranges::fill(canvas, kDark);
  for (int i = 0; i < fragments; ++i) {
    const Index drawn = draw_to(draws, pictures.count - 2), other = drawn < whole ? drawn : drawn + 1;
    const Index row = draw_to(draws, kPicture - kFragment), column = draw_to(draws, kPicture - kFragment);
    paint_somewhere(draws, pictures.image(other).data() + row * kPicture + column, kFragment, canvas, width);
  }
  paint_somewhere(draws, pictures.image(whole).data(), kPicture, canvas, width);
  return {.label = pictures.labels[static_cast<std::size_t>(whole)], .difficulty = fragments};
}

}  // namespace adatape::examples
