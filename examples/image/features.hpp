#pragma once
/// What a model makes of images before its head.
#include "../common/progress.hpp"
#include "adatape/core/tensor.hpp"
#include "inference.hpp"

namespace adatape::examples {

/// The features of pictures `wanted` of `set`: [wanted, facts.features]. Each process of the group takes a share of them. Called by all together; all get all.
/// `progress` counts those of this process, `before` were counted before; `where` is what its line begins with. Throws Error for a picture that cannot be read.
inline RowMatrix<float> image_features(ProcessGroup& group, const TrainedModel& model, const ModelFacts& facts, double tau, const PictureSet& set,
                                       std::span<const Index> wanted, const PixelTable& table, Progress& progress, Index before, const std::string& where) {
  RowMatrix<float> features(std::ssize(wanted), facts.features);
  SharedProgress shown(progress, before, where);
  const auto mine = group.share(std::ssize(wanted));
  const auto own = wanted.subspan(static_cast<std::size_t>(mine.first), static_cast<std::size_t>(mine.size()));
  infer_pictures(model, tau, set, own, table, {}, [&](Index n, const SampleResult& result) {
    std::ranges::copy(result.features, features.row(mine.first + n).data());
    shown.count();
  });
  group.gather(std::span(features.data(), static_cast<std::size_t>(features.size())), facts.features);
  return features;
}

}  // namespace adatape::examples
