#include "scene_task.hpp"

#include <algorithm>
#include <array>
#include <numeric>

#include "../tasks/idx_pictures.hpp"
#include "adatape/core/random.hpp"

namespace adatape::examples {

namespace {

constexpr Index kBlock = kIdxPicture / SceneTask::kPicture, kSmall = SceneTask::kPicture * SceneTask::kPicture;
constexpr auto kCellPixels = static_cast<std::size_t>(SceneTask::kCell * SceneTask::kCell);
/// Groups of the ten classes: T-shirt, trouser, pullover, dress, coat, sandal, shirt, sneaker, bag, ankle boot.
constexpr std::array<int, 10> kGroupOfClass{0, 1, 0, 1, 0, 2, 0, 2, 3, 2};

/// `checksum` is that of the split before, and becomes that of this one.
SmallPictures read_pictures(const std::filesystem::path& directory, data::Split split, std::uint32_t& checksum) {
  const auto set = load_idx_pictures(directory, split);
  checksum = checksum_of(set, checksum);
  SmallPictures small;
  small.of_group.resize(SceneTask::kGroups);
  small.pixels.reserve(static_cast<std::size_t>(set.count * kSmall));
  for (Index i = 0; i < set.count; ++i) {
    const int group = kGroupOfClass[static_cast<std::size_t>(set.labels[static_cast<std::size_t>(i)])];
    small.groups.push_back(group);
    small.of_group[static_cast<std::size_t>(group)].push_back(i);
    for (Index r = 0; r < kIdxPicture; r += kBlock)
      for (Index c = 0; c < kIdxPicture; c += kBlock) small.pixels.push_back(block_mean(set.image(i), r, c, kBlock));
  }
  for (const auto& group : small.of_group) require(!group.empty(), directory.string(), ": wanted pictures of every kind of clothes, found none of one kind");
  return small;
}

/// Groups of `count` marked pictures of which one group has most; returns that group.
int draw_groups(Draws& draws, std::span<int> groups) {
  for (;;) {
    std::array<Index, SceneTask::kGroups> counts{};
    for (int& group : groups) ++counts[static_cast<std::size_t>(group = static_cast<int>(draws.below(SceneTask::kGroups)))];
    const auto most = std::ranges::max_element(counts);
    if (std::ranges::count(counts, *most) == 1) return static_cast<int>(most - counts.begin());
  }
}

/// Paints a cell, whose first pixel is `corner` in a scene of that width.
void paint(const float* picture, bool marked, float* corner, Index width) {
  for (Index i = 0; i < SceneTask::kCell; ++i) corner[i] = corner[i * width] = marked ? SceneTask::kBright : SceneTask::kDark;
  for (Index r = 0; r < SceneTask::kPicture; ++r)
    for (Index c = 0; c < SceneTask::kPicture; ++c) corner[(r + 1) * width + c + 1] = SceneTask::kDark + (SceneTask::kBright - SceneTask::kDark) * picture[r * SceneTask::kPicture + c];
}

}  // namespace

SceneTask::SceneTask(const std::filesystem::path& directory, const SceneOptions& options)
    : options_(options) {
  train_ = read_pictures(directory, data::Split::train, checksum_);
  test_ = read_pictures(directory, data::Split::test, checksum_);
}

TaskSample SceneTask::draw(const SmallPictures& pictures, std::uint32_t set, std::uint64_t step, std::uint64_t number, std::span<float> input) const {
  Draws draws(Stream(options_.seed, Purpose::data, step, number, set));
  const Index cells = options_.cells * options_.cells, width = options_.cells * kCell;
  const auto scene = input.first(static_cast<std::size_t>(width * width)), given = input.subspan(scene.size());
  const auto marks = static_cast<std::size_t>(1 + draws.below(static_cast<std::uint64_t>(options_.most_marks)));
  std::vector<int> groups(marks);
  const int label = draw_groups(draws, groups);
  std::vector<Index> places(static_cast<std::size_t>(cells));
  std::iota(places.begin(), places.end(), Index{0});
  for (std::size_t k = 0; k < marks; ++k) std::swap(places[k], places[k + draws.below(places.size() - k)]);
  for (std::size_t k = 0; k < places.size(); ++k) {
    const bool marked = k < marks;
    Index picture;
    if (marked) {
      const auto& candidates = pictures.of_group[static_cast<std::size_t>(groups[k])];
      picture = candidates[draws.below(candidates.size())];
    } else {
      picture = static_cast<Index>(draws.below(pictures.groups.size()));
    }
    const Index row = places[k] / options_.cells, column = places[k] % options_.cells;
    paint(pictures.pixels.data() + picture * kSmall, marked, scene.data() + row * kCell * width + column * kCell, width);
  }
  for (std::size_t row = 0; row < given.size() / kCellPixels; ++row) {
    std::swap(places[row], places[row + draws.below(places.size() - row)]);
    const float* const corner = scene.data() + (places[row] / options_.cells * width + places[row] % options_.cells) * kCell;
    for (Index y = 0; y < kCell; ++y) std::copy_n(corner + y * width, kCell, given.data() + row * kCellPixels + static_cast<std::size_t>(y * kCell));
  }
  return {.label = label, .difficulty = static_cast<int>(marks)};
}

}  // namespace adatape::examples
