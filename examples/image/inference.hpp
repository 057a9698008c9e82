#pragma once
/// Many images through a model.
#include <algorithm>
#include <cmath>
#include <vector>

#include "../common/compiled_model.hpp"
#include "pixels.hpp"

namespace adatape::examples {

/// The images of a data set in `folder` that the model takes. Throws Error for another size, and as data::load_idx_dataset does.
inline data::ImageDataset load_images(const std::string& folder, data::Split split, const ModelFacts& facts, Index classes) {
  auto images = data::load_idx_dataset(folder, split, classes);
  require(images.height == facts.height && images.width == facts.width, folder, ": wanted images of ", facts.height, " x ", facts.width, " pixels, found ",
          images.height, " x ", images.width);
  return images;
}

/// Calls visit(i, result) for every image i of pixels [count, height, width]; from several threads at once.
inline void infer_images(const TrainedModel& model, const ModelFacts& facts, double tau, std::span<const std::uint8_t> pixels, const PixelTable& table,
                         const VisitResult& visit) {
  const Index size = facts.input_size;
  const auto fill = [&](Index begin, Index end, float* input) {
    table.apply(pixels.subspan(static_cast<std::size_t>(begin * size), static_cast<std::size_t>((end - begin) * size)), input);
  };
  model.infer(static_cast<Index>(pixels.size()) / size, tau, fill, visit);
}

/// A model's result on labelled images.
struct TestResult {
  Index count = 0, correct = 0;
  double mean_length = 0, length_deviation = 0, mean_macs = 0;
  Index shortest = 0, longest = 0;

  double accuracy() const { return static_cast<double>(correct) / static_cast<double>(count); }
};

/// Throws Error if an output is not finite.
inline TestResult test_model(const TrainedModel& model, const ModelFacts& facts, double tau, const data::ImageDataset& images, const PixelTable& table) {
  const auto count = static_cast<std::size_t>(images.count);
  std::vector<char> correct(count);
  std::vector<Index> lengths(count);
  std::vector<double> macs(count);
  infer_images(model, facts, tau, images.pixels, table, [&](Index i, const SampleResult& output) {
    const auto at = static_cast<std::size_t>(i);
    require(output.finite, "test image ", i, ": the model's output is not finite, so it names no class (are the weights too large?)");
    correct[at] = std::ranges::max_element(output.logits) - output.logits.begin() == images.labels[at];
    lengths[at] = output.length;
    macs[at] = output.macs;
  });
  TestResult result{.count = images.count, .correct = std::ranges::count(correct, char{1})};
  double squares = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto length = static_cast<double>(lengths[i]);
    result.mean_length += length / static_cast<double>(count);
    squares += length * length / static_cast<double>(count);
    result.mean_macs += macs[i] / static_cast<double>(count);
  }
  result.length_deviation = std::sqrt(std::max(0.0, squares - result.mean_length * result.mean_length));
  result.shortest = std::ranges::min(lengths);
  result.longest = std::ranges::max(lengths);
  return result;
}

}  // namespace adatape::examples
