#pragma once
/// Everything that decides what a training run computes. It is recorded in every checkpoint, so that a resumed run is the same run.
#include <cstdint>
#include <string>
#include <vector>

#include "../common/settings.hpp"
#include "adatape/train/forward.hpp"
#include "augmentation.hpp"
#include "mixing.hpp"
#include "parameter_rules.hpp"

namespace adatape::examples {

/// The defaults are the demo's: about two minutes on two cores.
struct Recipe {
  std::string model, loss = "softmax";
  Index epochs = 8, schedule_epochs = 0, batch_size = 128, accumulate = 1, leaves = 0, warmup_steps = 0;
  bool drop_last = false;
  double lr = 3e-3, weight_decay = 0.1, warmup_epochs = 0.3, clip_grad = 1, smoothing = 0.05, head_bias = 0;
  double tau = 0, ponder_weight = 0.003;
  double dropout = 0, stochastic_depth = 0, query_noise = 0, bernoulli_p = 0;
  double average_decay = 0;
  bool average_warmup = false;
  std::string normalise = "data", products = "f32";
  std::string fit = "stretch", interpolation = "auto";
  double crop_share = 0.875;
  Augmentation augmentation{.flip = true};
  MixingOptions mixing;
  RuleSettings rules;
  std::uint64_t seed = 0;

  /// All settings; the pointers are into this recipe. The model is the program's default unless it has been set.
  std::vector<Setting> settings();
  /// The settings as the text of a JSON object.
  std::string text() const;
  /// How pictures of other sizes become the model's.
  PictureFit picture_fit() const { return {fit, crop_share, interpolation == "auto" ? usual_interpolation(fit) : interpolation}; }
  /// The epochs over which the learning rate falls to 0.
  Index scheduled_epochs() const { return schedule_epochs > 0 ? schedule_epochs : epochs; }
  /// Samples that are in memory at once: a batch is cut into `accumulate` parts.
  Index part_size() const { return (batch_size + accumulate - 1) / accumulate; }
  /// Throws UsageError for settings that contradict each other, or that the model does not take.
  void check(const ModelFacts& facts) const;
  /// Of a run of this model on data of so many classes. Throws UsageError as parameter_rules does.
  train::TrainingOptions options(Index batches_per_epoch, Index classes, const ModelFacts& facts) const;
};

}  // namespace adatape::examples
