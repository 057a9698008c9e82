#pragma once
/// What a classifier should answer: a label a sample, or a probability a class.
#include <algorithm>
#include <cstdint>
#include <span>

#include "adatape/core/arena.hpp"
#include "adatape/core/error.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::train {

/// The targets of a batch of samples: labels [samples], or rows of probabilities [samples, classes] (of Mixup, CutMix or a teacher). A view: the caller keeps
/// the memory alive. Vectors, arrays and spans of labels (std::int64_t) and of probabilities (T) convert to it.
template <class T>
class ClassTargets {
 public:
  ClassTargets() = default;
  /// Labels, each from 0 to classes - 1.
  template <class Labels>
    requires std::convertible_to<const Labels&, std::span<const std::int64_t>>
  ClassTargets(const Labels& labels) : labels_(labels) {}
  /// Rows of probabilities, row-major, each value from 0 to 1. For softmax cross-entropy the values of a row add up to 1 within 1e-3. CrossEntropy checks
  /// that. An objective of one's own may take rows of any width and of any numbers.
  template <class Rows>
    requires std::convertible_to<const Rows&, std::span<const T>>
  ClassTargets(const Rows& rows) : rows_(rows) {}

  std::span<const std::int64_t> labels() const { return labels_; }  ///< [samples]; empty where the targets are rows
  std::span<const T> rows() const { return rows_; }                 ///< [samples, classes]; empty where the targets are labels
  bool are_labels() const { return rows_.empty(); }                 ///< whether there are no rows; so also where there are no targets

  /// Throws Error unless there is one label, or one row, for each of so many samples.
  void check_size(Index samples) const {
    if (are_labels())
      require(std::ssize(labels_) == samples, "targets: wanted one label for each of ", samples, " samples, found ", labels_.size());
    else
      require(samples > 0 && std::ssize(rows_) % samples == 0, "targets: wanted a row for each of ", samples, " samples, found ", rows_.size(),
              " probabilities");
  }
  /// The targets of samples [first, first + count) out of `samples`, a view of the same memory.
  ClassTargets part(Index first, Index count, Index samples) const {
    if (are_labels()) return labels_.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count));
    const std::size_t classes = rows_.size() / static_cast<std::size_t>(samples);
    return rows_.subspan(static_cast<std::size_t>(first) * classes, static_cast<std::size_t>(count) * classes);
  }
  /// Copies of the targets of the chosen samples out of `samples`, in memory of the arena. Throws std::bad_alloc where there is no memory.
  ClassTargets chosen(std::span<const Index> choice, Index samples, Arena& arena) const {
    const auto count = std::ssize(choice);
    if (are_labels()) {
      const auto labels = arena.take_span<std::int64_t>(count);
      std::ranges::transform(choice, labels.begin(), [&](Index b) { return labels_[static_cast<std::size_t>(b)]; });
      return labels;
    }
    const Index classes = std::ssize(rows_) / samples;
    const auto rows = arena.take_span<T>(count * classes);
    for (Index i = 0; i < count; ++i) std::copy_n(rows_.data() + choice[static_cast<std::size_t>(i)] * classes, classes, rows.data() + i * classes);
    return rows;
  }

 private:
  std::span<const std::int64_t> labels_;
  std::span<const T> rows_;
};

}  // namespace adatape::train
