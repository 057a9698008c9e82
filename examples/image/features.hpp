#pragma once
/// What a model makes of images before its head.
#include <atomic>
#include <mutex>

#include "../common/progress.hpp"
#include "adatape/core/tensor.hpp"
#include "inference.hpp"

namespace adatape::examples {

/// The features of images `wanted` of pixels [count, height, width]: [wanted, facts.features]. `progress` counts them, `before` were counted before; `where` is
/// what its line begins with.
inline RowMatrix<float> image_features(const TrainedModel& model, const ModelFacts& facts, double tau, std::span<const std::uint8_t> pixels,
                                       std::span<const Index> wanted, const PixelTable& table, Progress& progress, Index before, const std::string& where) {
  const auto size = static_cast<std::size_t>(facts.input_size);
  RowMatrix<float> features(std::ssize(wanted), facts.features);
  std::atomic<Index> done{before};
  std::mutex showing;
  const auto fill = [&](Index begin, Index end, float* input) {
    for (const Index i : wanted.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin))) {
      table.apply(pixels.subspan(static_cast<std::size_t>(i) * size, size), input);
      input += size;
    }
  };
  model.infer(std::ssize(wanted), tau, fill, [&](Index n, const SampleResult& result) {
    std::ranges::copy(result.features, features.row(n).data());
    ++done;
    if (const std::unique_lock lock(showing, std::try_to_lock); lock && progress.due()) progress.show(done, where, "");
  });
  return features;
}

}  // namespace adatape::examples
