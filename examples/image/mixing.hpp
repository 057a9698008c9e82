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
};

/// The batches of another object, mixed: targets become rows [samples, classes]. A part of an accumulated batch is mixed in itself, as timm does it. The draws
/// are a function of (seed, epoch, number of the part). Of an odd number of pictures, timm's rule leaves the last one as it is.
class MixedBatches : public Batches {
 public:
  MixedBatches(std::unique_ptr<Batches> batches, const MixingOptions& options, Index height, Index width, Index channels, Index classes, std::uint64_t seed)
      : batches_(std::move(batches)), options_(options), shape_{0, height, width, channels, classes}, seed_(seed) {}

  LoadedBatch next() override {
    auto loaded = batches_->next();
    const auto labels = loaded.batch.targets.labels();
    const auto input = loaded.batch.input;
    input_.assign(input.begin(), input.end());
    labels_.assign(labels.begin(), labels.end());
    rows_.resize(labels_.size() * static_cast<std::size_t>(shape_.classes));
    image::soft_targets(labels_, shape_.classes, 0, rows_);
    Draws draws(Stream(seed_, Purpose::augmentation, static_cast<std::uint64_t>(loaded.epoch), static_cast<std::uint64_t>(loaded.position), kSite));
    mix(draws);
    loaded.batch.input = input_;
    loaded.batch.targets = rows_;
    return loaded;
  }
  double seconds_waited() const override { return batches_->seconds_waited(); }

 private:
  static constexpr std::uint32_t kSite = 1;  ///< site 0 has the draws of samples

  void mix(Draws& draws) {
    auto shape = shape_;
    shape.batch = std::ssize(labels_);
    if (options_.rule == "scenic") {
      image::mixup(input_, rows_, shape, options_.mixup, draws);
      return;
    }
    shape.batch -= shape.batch % 2;
    if (shape.batch == 0) return;
    const auto first = [&](std::vector<float>& values, Index width) { return std::span(values).first(static_cast<std::size_t>(shape.batch * width)); };
    image::mixup_or_cutmix(first(input_, shape.height * shape.width * shape.channels), first(rows_, shape.classes), shape,
                           {.mixup_alpha = options_.mixup, .cutmix_alpha = options_.cutmix, .probability = options_.probability}, draws);
  }

  std::unique_ptr<Batches> batches_;
  MixingOptions options_;
  image::BatchShape shape_;
  std::uint64_t seed_;
  std::vector<float> input_, rows_;
  std::vector<std::int32_t> labels_;
};

}  // namespace adatape::examples
