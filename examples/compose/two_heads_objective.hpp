#pragma once
/// An objective of one's own: softmax cross-entropy on both heads.
#include "adatape/adatape.hpp"

/// Two labels a sample, [samples, 2]. A view.
struct LabelPairs {
  adatape::Index samples = 0;
  const std::int64_t* values = nullptr;

  LabelPairs() = default;
  LabelPairs(std::span<const std::int64_t> labels) : samples(std::ssize(labels) / 2), values(labels.data()) {}
  void check_size(adatape::Index wanted) const { adatape::require(samples == wanted, "labels: wanted ", wanted, " pairs, found ", samples); }
  LabelPairs part(adatape::Index first, adatape::Index count, adatape::Index) const { return {count, values + 2 * first}; }
  LabelPairs chosen(std::span<const adatape::Index> choice, adatape::Index, adatape::Arena& arena) const {
    const auto copy = arena.take_span<std::int64_t>(2 * std::ssize(choice));
    for (std::size_t i = 0; i < choice.size(); ++i) std::copy_n(values + 2 * choice[i], 2, copy.data() + 2 * i);
    return std::span<const std::int64_t>(copy);
  }

 private:
  LabelPairs(adatape::Index count, const std::int64_t* first) : samples(count), values(first) {}
};

template <class T>
adatape::Index largest(const T* row, adatape::Index classes) {
  return std::max_element(row, row + classes) - row;
}

struct TwoLabels {
  template <class T>
  using Targets = LabelPairs;

  template <class Output>
  void check_targets(const LabelPairs& targets, adatape::Index samples) const {
    targets.check_size(samples);
    for (adatape::Index b = 0; b < samples; ++b)
      adatape::require(targets.values[2 * b] >= 0 && targets.values[2 * b] < 3 && targets.values[2 * b + 1] >= 0 && targets.values[2 * b + 1] < 13,
                       "labels: sample ", b, " has labels that no head has");
  }

  /// A sample counts as right where both heads are.
  template <class Output, class T>
  adatape::train::ObjectiveValue<typename Output::Gradient> operator()(const Output& output, const LabelPairs& targets, std::span<const T> weights,
                                                                       adatape::Index, adatape::Arena& arena) const {
    adatape::train::ObjectiveValue<typename Output::Gradient> value;
    value.gradient.symbol = adatape::take_tokens<3, T>(output.symbol.packing, arena);
    value.gradient.count = adatape::take_tokens<13, T>(output.count.packing, arena);
    for (adatape::Index b = 0; b < output.samples; ++b) {
      const T weight = weights.empty() ? T(1) : weights[static_cast<std::size_t>(b)];
      bool right = true;
      const auto add_head = [&](const auto& logits, const auto& gradient, std::int64_t label) {
        const auto classes = logits.matrix().cols();
        const T loss = adatape::ops::cross_entropy_row(adatape::ops::LossKind::softmax, logits.row(b), classes, adatape::Index{label}, T(0), gradient.row(b));
        value.loss += static_cast<double>(weight * loss);
        for (adatape::Index c = 0; c < classes; ++c) gradient.row(b)[c] *= weight;
        right = right && largest(logits.row(b), classes) == label;
      };
      add_head(output.symbol, value.gradient.symbol, targets.values[2 * b]);
      add_head(output.count, value.gradient.count, targets.values[2 * b + 1]);
      value.correct += right;
    }
    return value;
  }
};

inline void check(const TwoLabels&) {}
