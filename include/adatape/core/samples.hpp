#pragma once
/// Inputs of models: samples of equal size (DenseSamples), samples of any number of rows (RaggedSamples), and samples with a bank of their own
/// (SamplesWithBank). All are views: the caller keeps the values alive as long as a pass uses them.
///
/// An input type I of a model has
///     samples()                    the number of samples
///     part(first, count)           samples [first, first + count), a view of the same memory
///     chosen(choice, arena)        copies of the samples with these numbers, in memory of the arena; throws std::bad_alloc
///     overlaps(arena)              whether the values, or offsets, lie in memory of the arena
///     I::Scalar                    T
///     I::Gradient                  pointers to values to which a backward pass adds; value-initialised, no gradient is wanted
#include <algorithm>
#include <concepts>
#include <span>
#include <utility>

#include "adatape/core/arena.hpp"
#include "adatape/core/assert.hpp"
#include "adatape/core/error.hpp"
#include "adatape/core/row_major.hpp"
#include "adatape/core/tokens.hpp"

namespace adatape::inline ADATAPE_NAMESPACE {

/// Samples of `size_` values each: [samples, size], row-major. A vector, a span, an array, a row-major Eigen matrix and a row-major Eigen tensor of T convert
/// to it. Matrices of another order do not.
template <class T, Index size_>
class DenseSamples {
  static_assert(size_ >= 1, "DenseSamples: a sample must have at least 1 value");

 public:
  using Scalar = T;
  using Gradient = T*;                  ///< [samples, size]
  static constexpr Index size = size_;  ///< values of a sample

  DenseSamples() = default;
  /// Throws Error unless the number of values is a multiple of size.
  template <class Values>
    requires std::convertible_to<const Values&, std::span<const T>>
  DenseSamples(const Values& values) : DenseSamples(std::span<const T>(values), nullptr) {}  // NOLINT(google-explicit-constructor)
  /// Throws Error unless the matrix has `size` adjacent columns, or each sample of the tensor has `size` values.
  template <class Values>
    requires(!std::convertible_to<const Values&, std::span<const T>> && (RowMajorMatrix<Values, T, size> || RowMajorTensor<Values, T>))
  DenseSamples(const Values& values) : DenseSamples(detail::adjacent_values<T>(values, size), nullptr) {}  // NOLINT(google-explicit-constructor)

  const T* data() const { return data_; }  ///< [samples, size]; may be null where there are no samples
  Index samples() const { return samples_; }
  DenseSamples part(Index first, Index count) const {
    ADATAPE_ASSERT(first >= 0 && count >= 0 && first + count <= samples_, "DenseSamples::part: wanted samples that there are");
    return {data_ + first * size, count};
  }
  DenseSamples chosen(std::span<const Index> choice, Arena& arena) const {
    T* const copy = arena.take<T>(std::ssize(choice) * size);
    for (std::size_t i = 0; i < choice.size(); ++i) std::copy_n(data_ + choice[i] * size, size, copy + static_cast<Index>(i) * size);
    return {copy, std::ssize(choice)};
  }
  bool overlaps(const Arena& arena) const { return samples_ > 0 && arena.holds(data_); }

 private:
  DenseSamples(const T* data, Index samples) : data_(data), samples_(samples) {}
  DenseSamples(std::span<const T> values, std::nullptr_t) : data_(values.data()), samples_(std::ssize(values) / size) {
    require(std::ssize(values) % size == 0, "input: wanted a multiple of ", size, " values, found ", values.size());
  }

  const T* data_ = nullptr;
  Index samples_ = 0;
};

/// Samples of any number of rows of width `width_`, at least `least` rows: sample b has rows [cu_seqlens[b], cu_seqlens[b + 1]) of values [rows, width].
template <class T, int width_, int least = 0>
class RaggedSamples {
  static_assert(width_ >= 1, "RaggedSamples: a row must have at least 1 value");

 public:
  using Scalar = T;
  using Gradient = T*;                  ///< [rows, width], with the rows of the whole input, also where it is that of a part
  static constexpr int width = width_;  ///< values of a row

  RaggedSamples() = default;
  /// Throws Error unless
  ///  - cu_seqlens starts at 0 and does not descend, and each sample has at least `least` rows,
  ///  - there are cu_seqlens.back() * width values.
  RaggedSamples(std::span<const T> values, std::span<const Index> cu_seqlens) : data_(values.data()), cu_seqlens_(cu_seqlens) {
    require(!cu_seqlens.empty() && cu_seqlens.front() == 0, "input: wanted offsets that start at 0, found ", cu_seqlens.empty() ? -1 : cu_seqlens.front());
    for (std::size_t b = 0; b + 1 < cu_seqlens.size(); ++b) {
      require(cu_seqlens[b] <= cu_seqlens[b + 1], "input: wanted ascending offsets, found ", cu_seqlens[b], " and ", cu_seqlens[b + 1], " of sample ", b);
      const Index rows_of_sample = cu_seqlens[b + 1] - cu_seqlens[b];  // offsets from 0 on that ascend: no difference overflows
      require(rows_of_sample >= least, "input: wanted at least ", least, " rows of every sample, found ", rows_of_sample, " of sample ", b);
    }
    const bool fits = std::ssize(values) % width == 0 && std::ssize(values) / width == cu_seqlens.back();  // rows times width may overflow
    require(fits, "input: wanted ", cu_seqlens.back(), " rows of ", width, " values, found ", values.size(), " values");
  }
  /// The same for a row-major Eigen matrix [rows, width]. Throws Error too unless its rows are adjacent.
  template <class Values>
    requires(!std::convertible_to<const Values&, std::span<const T>> && RowMajorMatrix<Values, T, width>)
  RaggedSamples(const Values& values, std::span<const Index> cu_seqlens) : RaggedSamples(detail::adjacent_values<T>(values, width), cu_seqlens) {}

  Index samples() const { return std::max(Index{0}, std::ssize(cu_seqlens_) - 1); }
  Index rows() const { return cu_seqlens_.empty() ? 0 : cu_seqlens_.back() - cu_seqlens_.front(); }  ///< of all samples
  Index first_row() const { return cu_seqlens_.empty() ? 0 : cu_seqlens_.front(); }                  ///< of sample 0 in the whole input
  Index length(Index sample) const { return cu_seqlens_[static_cast<std::size_t>(sample) + 1] - cu_seqlens_[static_cast<std::size_t>(sample)]; }  ///< rows
  const T* data() const { return data_ + first_row() * width; }                                      ///< row 0 of sample 0
  RaggedSamples part(Index first, Index count) const {
    ADATAPE_ASSERT(first >= 0 && count >= 0 && first + count <= samples(), "RaggedSamples::part: wanted samples that there are");
    return {data_, cu_seqlens_.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count) + 1), nullptr};
  }
  RaggedSamples chosen(std::span<const Index> choice, Arena& arena) const {
    const auto offsets = offsets_of(std::ssize(choice), [&](Index i) { return length(choice[static_cast<std::size_t>(i)]); }, arena);
    T* const copy = arena.take<T>(offsets.back() * width);
    for (std::size_t i = 0; i < choice.size(); ++i)
      std::copy_n(data_ + cu_seqlens_[static_cast<std::size_t>(choice[i])] * width, length(choice[i]) * width, copy + offsets[i] * width);
    return {copy, offsets, nullptr};
  }
  bool overlaps(const Arena& arena) const { return (rows() > 0 && arena.holds(data())) || arena.holds(cu_seqlens_.data()); }

 private:
  RaggedSamples(const T* data, std::span<const Index> cu_seqlens, std::nullptr_t) : data_(data), cu_seqlens_(cu_seqlens) {}

  const T* data_ = nullptr;
  std::span<const Index> cu_seqlens_;
};

/// Samples with a bank of their own each, of any number of tokens of width `width`.
template <class Own, class T, int width>
struct SamplesWithBank {
  using Scalar = T;
  struct Gradient {
    typename Own::Gradient own{};  ///< of the samples without their banks
    T* bank = nullptr;             ///< RaggedSamples::Gradient of the banks
  };
  Own own;                       ///< the samples without their banks
  RaggedSamples<T, width> bank;  ///< the rows of a sample are its bank, possibly none

  SamplesWithBank() = default;
  /// Throws Error unless both have as many samples.
  SamplesWithBank(Own own_samples, RaggedSamples<T, width> bank_of_samples) : own(own_samples), bank(bank_of_samples) {
    require(own.samples() == bank.samples(), "input: wanted a bank for each of ", own.samples(), " samples, found ", bank.samples());
  }
  Index samples() const { return own.samples(); }
  SamplesWithBank part(Index first, Index count) const { return {own.part(first, count), bank.part(first, count)}; }
  SamplesWithBank chosen(std::span<const Index> choice, Arena& arena) const { return {own.chosen(choice, arena), bank.chosen(choice, arena)}; }
  bool overlaps(const Arena& arena) const { return own.overlaps(arena) || bank.overlaps(arena); }
};

}  // namespace adatape
