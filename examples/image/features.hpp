#pragma once
/// What a model makes of images before its head.
#include <atomic>
#include <mutex>

#include "../common/progress.hpp"
#include "adatape/core/tensor.hpp"
#include "inference.hpp"

namespace adatape::examples {

/// The features of pictures `wanted` of `set`: [wanted, facts.features]. `progress` counts them, `before` were counted before; `where` is what its line begins
/// with. Throws Error for a picture that cannot be read.
inline RowMatrix<float> image_features(const TrainedModel& model, const ModelFacts& facts, double tau, const PictureSet& set, std::span<const Index> wanted,
                                       const PixelTable& table, Progress& progress, Index before, const std::string& where) {
  RowMatrix<float> features(std::ssize(wanted), facts.features);
  std::atomic<Index> done{before};
  std::mutex showing;
  infer_pictures(model, tau, set, wanted, table, {}, [&](Index n, const SampleResult& result) {
    std::ranges::copy(result.features, features.row(n).data());
    ++done;
    if (const std::unique_lock lock(showing, std::try_to_lock); lock && progress.due()) progress.show(done, where, "");
  });
  return features;
}

}  // namespace adatape::examples
