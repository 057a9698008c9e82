#pragma once
/// The total loss of a batch: mean over the samples that count of (classification loss + ponder_weight * ponder).
#include <cmath>
#include <cstdint>
#include <optional>
#include <span>

#include "adatape/core/arena.hpp"
#include "adatape/core/error.hpp"
#include "adatape/ops/cross_entropy.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::train {

struct Objective {
  ops::LossKind loss = ops::LossKind::sigmoid;
  double label_smoothing = 0;  ///< s in t (1 - s) + s / classes
  std::optional<double> ponder_weight{};  ///< none: Trainer takes the configuration's
};

/// Throws Error unless the loss is one of the enumerators, smoothing is in [0, 1] and the ponder weight is finite and not negative.
inline void check(const Objective& objective) {
  require(objective.loss == ops::LossKind::sigmoid || objective.loss == ops::LossKind::softmax,
          "objective: loss must be sigmoid or softmax, found the number ", static_cast<int>(objective.loss));
  require(objective.label_smoothing >= 0 && objective.label_smoothing <= 1, "objective: label_smoothing must be at least 0 and at most 1, found ",
          objective.label_smoothing);
  const double ponder_weight = objective.ponder_weight.value_or(0);
  require(ponder_weight >= 0 && std::isfinite(ponder_weight), "objective: ponder_weight must be a finite number that is not negative, found ", ponder_weight);
}

/// Value and gradients of an objective over one batch.
template <class T>
struct ObjectiveValue {
  double loss = 0;       ///< the mean; 0 if no sample counts
  Index counted = 0;     ///< samples that are not masked out
  Index correct = 0;     ///< of those, samples whose largest logit is the label
  T* dlogits = nullptr;  ///< [samples, classes]
  T* dponder = nullptr;  ///< [samples]
};

/// `labels` [samples] in [0, classes); `mask` [samples], 0 leaves a sample out, empty: all count. Of a part of a batch, `counted_in_batch` tells how many
/// samples of the whole count, and the parts' losses add up to the batch's; 0: this is the whole. Gradients live in the arena. Throws Error on a label
/// that is no class, on lengths that do not match, and on an objective without a ponder weight.
template <class Output>
auto evaluate(const Objective& objective, const Output& output, Index classes, std::span<const std::int64_t> labels, std::span<const std::int64_t> mask, Arena& arena,
              Index counted_in_batch = 0) {
  using T = std::remove_pointer_t<decltype(output.logits)>;
  const Index samples = output.samples;
  require(static_cast<Index>(labels.size()) == samples, "objective: wanted one label for each of ", samples, " samples, found ", labels.size());
  require(mask.empty() || mask.size() == labels.size(), "objective: wanted a mask of ", samples, " values, found ", mask.size());
  const double ponder_weight = objective.ponder_weight.value_or(-1);
  require(ponder_weight >= 0, "objective: wanted a ponder weight of at least 0, found ", objective.ponder_weight ? "a negative one" : "none");
  ObjectiveValue<T> value;
  value.dlogits = arena.take<T>(samples * classes);
  value.dponder = arena.take<T>(samples);
  const auto counts = [&](std::size_t b) { return mask.empty() || mask[b] != 0; };
  for (std::size_t b = 0; b < labels.size(); ++b) value.counted += counts(b);
  const Index sharing = counted_in_batch > 0 ? counted_in_batch : value.counted;
  const double share = sharing > 0 ? 1 / static_cast<double>(sharing) : 0;
  for (std::size_t b = 0; b < labels.size(); ++b) {
    require(labels[b] >= 0 && labels[b] < classes, "objective: sample ", b, " has label ", labels[b], ", wanted 0 .. ", classes - 1);
    const auto row = static_cast<Index>(b);
    const T* logits = output.logits + row * classes;
    T* dlogits = value.dlogits + row * classes;
    const T loss = ops::cross_entropy_row(objective.loss, logits, classes, static_cast<Index>(labels[b]), static_cast<T>(objective.label_smoothing), dlogits);
    const double weight = counts(b) ? share : 0;
    for (Index c = 0; c < classes; ++c) dlogits[c] = weight > 0 ? dlogits[c] * static_cast<T>(weight) : T(0);
    value.dponder[row] = static_cast<T>(weight * ponder_weight);
    if (!counts(b)) continue;
    value.loss += weight * (static_cast<double>(loss) + ponder_weight * static_cast<double>(output.ponder[row]));
    value.correct += std::max_element(logits, logits + classes) - logits == labels[b];
  }
  return value;
}

}  // namespace adatape::train
