#pragma once
/// Mixup and CutMix of training batches.
#include <string>
#include <vector>

#include "adatape/image/mixup.hpp"
#include "batches.hpp"

namespace adatape::examples {

/// How pictures of a batch are mixed with each other. With both alphas 0 they are not.
struct MixingOptions {
  std::string rule = "scenic";  ///< "scenic": Mixup of every batch with one lambda; "timm": Mixup, CutMix, or by turns at random
  double mixup = 0;             ///< alpha of the beta distribution of lambda
  double cutmix = 0;            ///< the same of CutMix; needs rule "timm"
  double probability = 1;       ///< of mixing a batch; of rule "timm"
  bool acts() const { return mixup > 0 || cutmix > 0; }
  /// The first samples of a part of `whole` samples, which are mixed in pairs. timm's rule leaves the last one of an odd number as it is.
  Index paired(Index whole) const { return rule == "timm" ? whole - whole % 2 : whole; }
};

/// The batches of another object, mixed: targets become rows [samples, classes]. A part of an accumulated batch is mixed in itself, as timm does it. The draws
/// are a function of (seed, epoch, number of the part). The other object reads a process's own samples and their partners (mixed_positions); here the own ones
/// come out. A picture that cannot be read is mixed as its partner, and one whose partner cannot be read is mixed with itself.
class MixedBatches : public Batches {
 public:
  MixedBatches(std::unique_ptr<Batches> batches, const MixingOptions& options, Index height, Index width, Index channels,
               Index classes, std::uint64_t seed)
      : batches_(std::move(batches)), options_(options), shape_{0, height, width, channels, classes}, seed_(seed) {}

  LoadedBatch next() override {
    auto loaded = batches_->next();
    auto& batch = loaded.batch;
    const auto labels = batch.targets.labels();
    input_.assign(batch.input.begin(), batch.input.end());
    labels_.assign(labels.begin(), labels.end());
    const auto& positions = loaded.positions;
    const Index paired = std::ranges::lower_bound(positions.read, options_.paired(batch.whole)) - positions.read.begin();
    replace_broken(batch.weights, paired);
    rows_.resize(labels_.size() * static_cast<std::size_t>(shape_.classes));
    image::soft_targets(labels_, shape_.classes, 0, rows_);
    Draws draws(Stream(seed_, Purpose::augmentation, static_cast<std::uint64_t>(loaded.epoch), static_cast<std::uint64_t>(loaded.position), kSite));
    if (paired > 0) mix(paired, draws);
    const auto first = static_cast<std::size_t>(positions.first_own()), count = static_cast<std::size_t>(positions.own.size());
    const auto own = [&](auto values, Index width) {
      return values.empty() ? values : values.subspan(first * static_cast<std::size_t>(width), count * static_cast<std::size_t>(width));
    };
    batch.input = own(std::span<const float>(input_), picture_size());
    batch.targets = own(std::span<const float>(rows_), shape_.classes);
    batch.weights = own(batch.weights, 1);
    batch.sample_numbers = own(batch.sample_numbers, 1);
    return loaded;
  }
  double seconds_waited() const override { return batches_->seconds_waited(); }

 private:
  static constexpr std::uint32_t kSite = 1;  ///< site 0 has the draws of samples

  Index picture_size() const { return shape_.height * shape_.width * shape_.channels; }

  /// `weights` are empty where all pictures were read.
  void replace_broken(std::span<const float> weights, Index paired) {
    if (weights.empty()) return;
    for (Index i = 0; i < paired; ++i) {
      const Index partner = paired - 1 - i;
      if (weights[static_cast<std::size_t>(i)] != 0 || partner == i) continue;
      std::copy_n(input_.begin() + partner * picture_size(), picture_size(), input_.begin() + i * picture_size());
      labels_[static_cast<std::size_t>(i)] = labels_[static_cast<std::size_t>(partner)];
    }
  }

  /// Mixes the first `count` samples.
  void mix(Index count, Draws& draws) {
    auto shape = shape_;
    shape.batch = count;
    const auto first = [&](std::vector<float>& values, Index width) { return std::span(values).first(static_cast<std::size_t>(count * width)); };
    const auto pictures = first(input_, picture_size()), targets = first(rows_, shape.classes);
    if (options_.rule == "scenic")
      image::mixup(pictures, targets, shape, options_.mixup, draws);
    else
      image::mixup_or_cutmix(pictures, targets, shape, {.mixup_alpha = options_.mixup, .cutmix_alpha = options_.cutmix, .probability = options_.probability},
                             draws);
  }

  std::unique_ptr<Batches> batches_;
  MixingOptions options_;
  image::BatchShape shape_;
  std::uint64_t seed_;
  std::vector<float> input_, rows_;
  std::vector<std::int64_t> labels_;
};

}  // namespace adatape::examples
