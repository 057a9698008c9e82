#pragma once
/// The loss of a batch: the mean, over the samples that count, of classification loss + ponder_weight ponder.
#include <cmath>
#include <cstdint>
#include <optional>
#include <span>

#include "adatape/core/arena.hpp"
#include "adatape/core/error.hpp"
#include "adatape/ops/cross_entropy.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::train {

/// The loss that training minimises.
struct Objective {
  ops::LossKind loss = ops::LossKind::sigmoid;
  double label_smoothing = 0;  ///< s in the target t (1 - s) + s / classes, where t is 1 for the label and 0 for every other class
  std::optional<double> ponder_weight{};  ///< none: Trainer takes that of the configuration
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
  Index counted = 0;     ///< samples that the mask does not leave out
  Index correct = 0;     ///< samples that count and whose largest logit (of equal ones the first) is that of the label
  T* dlogits = nullptr;  ///< [samples, classes]
  T* dponder = nullptr;  ///< [samples]
};

/// The objective for `output` (logits [samples, classes], ponder [samples]) of a batch or of a part of it. The gradients are views into `arena`.
///     loss = 1 / n sum_b (classification loss_b + ponder_weight ponder_b)  over the samples b that count
///  - labels [samples], each from 0 to classes - 1, also where the mask is 0.
///  - mask [samples]: a sample with 0 does not count, and its gradients are 0. Empty: all samples count.
///  - counted_in_batch: n where this is a part of a batch, so that the losses of the parts add up to the loss of the batch. 0: n is the number of samples
///    that count here.
///  - objective passes check(objective).
/// Throws Error for a label that is no class, for lengths that do not match, and for an objective without a ponder weight or with a negative one; and
/// std::bad_alloc where there is no memory.
template <class Output>
auto evaluate(const Objective& objective, const Output& output, Index classes, std::span<const std::int64_t> labels, std::span<const std::int64_t> mask,
              Arena& arena, Index counted_in_batch = 0) {
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
