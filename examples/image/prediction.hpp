#pragma once
/// What a model says about one image, and what it read to say so.
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "checkpoint_info.hpp"
#include "inference.hpp"

namespace adatape::examples {

/// One tape token: the bank tokens that were merged into it, best first.
struct TapeToken {
  std::vector<Index> bank;
  std::vector<double> weights;
};

struct Prediction {
  Index label = 0;
  double probability = 0;
  bool finite = true;  ///< false: a logit is infinite or no number; the class and its probability mean nothing
  Index length = 0;             ///< tape tokens, or steps of adaptive computation
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

template <class Model>
std::vector<Prediction> predict(const Parameters<Model, float>& parameters, double tau, std::span<const std::uint8_t> pixels,
                                const CheckpointInfo& info) {
  std::vector<Prediction> predictions(pixels.size() / static_cast<std::size_t>(Model::input_size));
  infer_images(parameters, tau, pixels, PixelTable(info.pixels), [&](Index i, const auto& output, Index b) {
    auto& prediction = predictions[static_cast<std::size_t>(i)];
    const std::span<const float> logits(output.logits + b * Model::classes, Model::classes);
    prediction.finite = std::ranges::all_of(logits, [](float logit) { return std::isfinite(logit); });
    prediction.length = adaptive_length<Model>(output, b);
    prediction.macs = output.macs(b);
    if (!prediction.finite) return;
    prediction.label = std::ranges::max_element(logits) - logits.begin();
    prediction.probability = class_probability(logits, prediction.label, info.softmax());
    if constexpr (Model::reads_tape)
      for (const auto& read : output.trace.read)
        for (Index n = 0; n < read.length[static_cast<std::size_t>(b)]; ++n) {
          TapeToken token;
          const auto indices = read.step_indices(b, n);
          for (std::size_t j = 0; j < indices.size() && indices[j] >= 0; ++j) {
            token.bank.push_back(indices[j]);
            token.weights.push_back(static_cast<double>(read.step_weights(b, n)[j]));
          }
          prediction.tape.push_back(std::move(token));
        }
  });
  return predictions;
}

/// What is said of an image whose prediction is not finite.
inline constexpr const char* kNotFinite = "the result is not finite; the model's weights or these pixels are too large for it";

/// One line for people: name, class, probability, tape length, bank indices of every tape token.
template <class Model>
std::string prediction_text(const std::string& name, const Prediction& prediction, const CheckpointInfo& info) {
  if (!prediction.finite) return fmt::format("{}: error: {}", name, kNotFinite);
  std::string line = fmt::format("{}: {} {:.1f} %", name, info.class_name(prediction.label), 100 * prediction.probability);
  if (prediction.length > 0) line += fmt::format(", {} {}", adaptive_length_name<Model>(), prediction.length);
  for (std::size_t n = 0; n < prediction.tape.size(); ++n) {
    line += n == 0 ? ":" : " |";
    for (Index token : prediction.tape[n].bank) line += fmt::format(" {}", token);
  }
  return line;
}

/// The text of a JSON object: {"image", "error"} if the prediction is not finite. Else "tape" holds the bank indices of every tape token, "weights" what they were merged with.
/// Bytes of the name that are not UTF-8 become U+FFFD.
inline std::string prediction_json(const std::string& name, const Prediction& prediction, const CheckpointInfo& info) {
  const auto text = [](const nlohmann::ordered_json& object) { return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace); };
  if (!prediction.finite) return text({{"image", name}, {"error", kNotFinite}});
  nlohmann::ordered_json json{{"image", name},
                              {"class", prediction.label},
                              {"name", info.class_name(prediction.label)},
                              {"probability", prediction.probability},
                              {"length", prediction.length},
                              {"macs", prediction.macs},
                              {"tape", nlohmann::json::array()},
                              {"weights", nlohmann::json::array()}};
  for (const auto& token : prediction.tape) {
    json["tape"].push_back(token.bank);
    json["weights"].push_back(token.weights);
  }
  return text(json);
}

}  // namespace adatape::examples
