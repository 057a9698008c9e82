#pragma once
/// What a model says about one image, and what it read to say so.
#include <fmt/format.h>

#include <cmath>
#include <optional>

#include "checkpoint_info.hpp"
#include "inference.hpp"

namespace adatape::examples {

struct Prediction {
  Index label = 0;
  double probability = 0;
  bool finite = true;       ///< false: a logit is infinite or no number; the class and its probability mean nothing
  Index length = 0;         ///< tape tokens, or steps of adaptive computation
  std::vector<TapeToken> tape;  ///< in reading order
  double macs = 0;
};

/// Probability of the class `label`: softmax, or the sigmoid of its own logit.
inline double class_probability(std::span<const float> logits, Index label, bool softmax) {
  const double own = logits[static_cast<std::size_t>(label)];
  double sum = softmax ? 0 : 1 + std::exp(-own);
  if (softmax)
    for (float other : logits) sum += std::exp(static_cast<double>(other) - own);
  return 1 / sum;
}

/// `progress` (null: none) counts the images.
inline std::vector<Prediction> predict(const TrainedModel& model, const ModelFacts& facts, double tau, std::span<const std::uint8_t> pixels,
                                       const CheckpointInfo& info, Progress* progress = nullptr) {
  std::vector<Prediction> predictions(pixels.size() / static_cast<std::size_t>(facts.input_size));
  std::optional<SharedProgress> shown;
  if (progress) shown.emplace(*progress, 0, "images");
  infer_images(model, facts, tau, pixels, PixelTable(info.pixels), [&](Index i, const SampleResult& output) {
    if (shown) shown->count();
    auto& prediction = predictions[static_cast<std::size_t>(i)];
    prediction.finite = output.finite;
    prediction.length = output.length;
    prediction.macs = output.macs;
    if (!output.finite) return;
    const auto logits = output.logits.first(static_cast<std::size_t>(info.class_count));
    prediction.label = predicted_class(output.logits, info.class_count);
    prediction.probability = class_probability(logits, prediction.label, info.softmax);
    prediction.tape = output.tape;
  });
  return predictions;
}

/// What is said of an image whose prediction is not finite.
inline constexpr const char* kNotFinite = "the result is not finite; the model's weights or these pixels are too large for it";

/// One line for people: name, class, probability, tape length, bank indices of every tape token.
inline std::string prediction_text(const std::string& name, const Prediction& prediction, const ModelFacts& facts, const CheckpointInfo& info) {
  if (!prediction.finite) return fmt::format("{}: error: {}", name, kNotFinite);
  std::string line = fmt::format("{}: {} {:.1f} %", name, info.class_name(prediction.label), 100 * prediction.probability);
  if (prediction.length > 0) line += fmt::format(", {} {}", facts.length_name, prediction.length);
  for (std::size_t n = 0; n < prediction.tape.size(); ++n) {
    line += n == 0 ? ":" : " |";
    for (Index token : prediction.tape[n].bank) line += fmt::format(" {}", token);
  }
  return line;
}

/// The text of a JSON object: {"image", "error"} if the prediction is not finite. Else "tape" holds the bank indices of every tape token, "weights" what they
/// were merged with. "label" is the true class, where that is known. Bytes of the name that are not UTF-8 become U+FFFD.
std::string prediction_json(const std::string& name, const Prediction& prediction, const CheckpointInfo& info, std::optional<Index> label);

}  // namespace adatape::examples
