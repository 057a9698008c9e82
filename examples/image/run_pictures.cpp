#include "run_pictures.hpp"

#include <fmt/format.h>

#include "picture_scan.hpp"

namespace adatape::examples {

namespace {

/// Whether these are Fashion-MNIST's training images, by their number and by the mean and deviation of their 47 040 000 pixels: the pixels add up to
/// 3 431 114 169, their squares to 631 470 052 347, in units of 1/255. One pixel that differs by 1 moves the mean by 8e-11.
bool is_fashion_mnist(const PictureSet& images, const PixelStatistics& pixels) {
  return images.in_memory() && images.size() == 60000 && pixels.channels() == 1 && std::abs(pixels.mean[0] - 0.2860405969887955) < 1e-11 &&
         std::abs(pixels.deviation[0] - 0.3530242445149226) < 1e-10;
}

/// A scan that finds all pictures readable without reading them.
PictureScan all_pictures(const PictureSet& set) {
  PictureScan scan;
  scan.readable.resize(static_cast<std::size_t>(set.size()));
  std::iota(scan.readable.begin(), scan.readable.end(), Index{0});
  return scan;
}

/// What load() returns, which the first process calls before the others: it leaves the lists of pictures that they read.
template <class Load>
auto load_in_turn(ProcessGroup& group, const Load& load) {
  if (!group.is_first()) group.largest(0);
  auto loaded = load();
  if (group.is_first()) group.largest(0);
  return loaded;
}

/// Throws Error that names the first difference unless a checkpoint at `path` recorded the class names that the data in `directory` have.
void require_same_classes(const std::vector<std::string>& recorded, const std::vector<std::string>& found, const std::string& path,
                          const std::string& directory) {
  const auto [there, here] = std::ranges::mismatch(recorded, found);
  const auto text = [](const auto& names, const auto& name) { return name == names.end() ? std::string("none") : io::in_quotes(*name); };
  require(there == recorded.end() && here == found.end(), path, " was trained on other classes than those in ", directory, ": wanted ", text(recorded, there),
          " as class ", here - found.begin(), ", found ", text(found, here));
}

/// Throws Error unless the labels of the test pictures in `directory` are below `classes`. Folders of classes are compared when they are read.
void require_known_labels(const PictureSet& test, Index classes, const std::string& directory) {
  const Index largest = std::ranges::max(test.labels());
  require(largest < classes, directory, ": the test images have the class ", largest, ", the training images have the classes 0 to ", classes - 1);
}

/// Mean and deviation as --normalise says. `measured` are those of the training pictures, `before` is what a checkpoint says that is resumed or started from.
PixelStatistics statistics_of(const Recipe& recipe, const ModelFacts& facts, const PixelStatistics& measured, const CheckpointInfo* before) {
  if (recipe.normalise == "data") return measured;
  if (recipe.normalise != "init") return known_statistics(recipe.normalise, facts.channels);
  require(before && before->pixels.channels() == facts.channels, "--normalise init: the checkpoint that the run starts from says no mean and deviation of ",
          facts.channels, " channels");
  return before->pixels;
}

}  // namespace

RunPictures prepare_pictures(ProcessGroup& group, const RunFlags& flags, const Recipe& recipe, const ModelFacts& facts, const CheckpointInfo* recorded,
                             const std::string& path) {
  const auto& directory = flags.data.directory;
  auto data = load_in_turn(group, [&] { return load_image_data(flags.data, facts, facts.classes); });
  require_same_images(group, data);
  auto& train = data.train;
  if (flags.class_names && train.has_names()) throw UsageError(fmt::format("--class-names: the classes in {} have names of their own", directory));
  if (recorded && train.has_names()) require_same_classes(recorded->classes, train.class_names(), path, directory);

  const auto init = flags.init.empty() ? std::nullopt : CheckpointInfo::read_if_recorded(*open_checkpoint(flags.init));
  train.fit_by(recipe.picture_fit());
  data.test.fit_by(recipe.picture_fit());
  // Files are read for their mean and deviation only, and in memory the pictures are told apart by them.
  const bool measured = recipe.normalise == "data" || train.in_memory();
  const auto scan = measured ? scan_pictures(group, train, flags.skip_broken) : all_pictures(train);
  const Index broken = train.size() - std::ssize(scan.readable);
  if (broken > 0) {
    fmt::print("leaving out {} training images that cannot be read, the first of them: {}\n", broken, one_line(scan.broken));
    train.keep(scan.readable);
  }
  auto info = CheckpointInfo::of(facts, recipe.tau, recipe.loss, statistics_of(recipe, facts, scan.pixels, recorded ? recorded : init ? &*init : nullptr));
  info.fit = recipe.picture_fit();
  require(!recorded || recorded->pixels == info.pixels, path, " was trained on other images than those in ", directory);
  if (train.has_names())
    info.classes = train.class_names();
  else if (flags.class_names)
    info.classes = *flags.class_names;
  else if (recorded)
    info.classes = recorded->classes;
  else if (is_fashion_mnist(train, scan.pixels))
    info.classes = kFashionClasses;
  info.class_count = std::min(facts.classes, std::max(std::ssize(train.class_names()), std::ssize(info.classes)));
  if (recorded && recorded->class_count != info.class_count)
    throw UsageError(fmt::format("--class-names: {} is of {} classes, found {}; a resumed run keeps its settings", path, recorded->class_count,
                                 info.class_count));
  require_known_labels(data.test, info.class_count, directory);
  return {std::move(data), broken, std::move(info)};
}

}  // namespace adatape::examples
