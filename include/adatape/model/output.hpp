#pragma once
/// What a pass through a classifier returns.
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <span>
#include <string_view>

#include "adatape/core/tokens.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::model {

/// The gradient of a loss with respect to a ClassifierOutput, a view. ClassifierOutput::gradient makes one of Eigen matrices.
template <class T>
struct OutputGradient {
  const T* dlogits = nullptr;  ///< [samples, classes]
  const T* dponder = nullptr;  ///< [samples]
};

/// The output of a batch. Views into the arena of the pass, valid until that arena is reset or the Scope around the pass ends.
/// Model: the classifier (D, classes, Trace, reads_tape, ponders, macs).
template <class Model, class T>
struct ClassifierOutput {
  using Gradient = OutputGradient<T>;
  using Trace = typename Model::template Trace<T>;
  static constexpr Index classes = Model::classes, D = Model::D;

  Index samples = 0;
  T* logits = nullptr;           ///< [samples, classes]
  T* ponder = nullptr;           ///< [samples] without the ponder weight; the sum over all reads, or over all halting units
  T* pooled = nullptr;           ///< features: [samples, D], what enters the head
  std::span<Index> own_length;   ///< [samples] own tokens, cls included
  std::span<Index> bank_length;  ///< [samples] tokens of the bank, whichever kind of bank it is; 0 without a read
  Trace trace;                   ///< the record of every read (tape/trace.hpp), or of every halting unit (act/trace.hpp)
  Tokens<T, Model::D> tokens;    ///< final tokens, behind encoder_norm: own tokens of a sample, then its tape; empty unless Settings::keep_tokens

  ClassifierOutput() = default;
  /// Room for that many samples, in memory of the arena. The trace is given.
  ClassifierOutput(Index sample_count, const Trace& of_pass, Arena& arena)
      : samples(sample_count),
        logits(arena.take<T>(samples * classes)),
        ponder(arena.take<T>(samples)),
        pooled(arena.take<T>(samples * D)),
        own_length(arena.take_span<Index>(samples)),
        bank_length(arena.take_span<Index>(samples)),
        trace(of_pass) {}

  /// Copies the output of a part of the batch, all but `tokens`, to samples first, first + 1 and so on.
  void place(const ClassifierOutput& part, Index first) {
    std::copy_n(part.logits, part.samples * classes, logits + first * classes);
    std::copy_n(part.ponder, part.samples, ponder + first);
    std::copy_n(part.pooled, part.samples * D, pooled + first * D);
    std::ranges::copy(part.own_length, own_length.begin() + first);
    std::ranges::copy(part.bank_length, bank_length.begin() + first);
    trace.place(part.trace, first);
  }

  /// Whether all logits of sample b are finite. Where they are not, the weights or the input were too large for T, and the logits rank nothing.
  bool is_finite(Index b) const {
    return std::all_of(logits + b * classes, logits + (b + 1) * classes, [](T logit) { return std::isfinite(logit); });
  }
  /// The logits as an Eigen matrix [samples, classes], a view.
  auto logits_matrix() const { return Eigen::Map<const RowMatrix<T, int{classes}>>(logits, samples, classes); }
  /// The features as an Eigen matrix [samples, D], a view.
  auto pooled_matrix() const { return Eigen::Map<const RowMatrix<T, int{D}>>(pooled, samples, D); }
  /// ponder as an Eigen vector [samples], a view.
  auto ponder_vector() const { return Eigen::Map<const RowMatrix<T, 1>>(ponder, samples); }
  /// The gradient of a loss for backward, from row-major matrices whose rows are adjacent: dlogits [samples, classes] and dponder, a column [samples]. A view
  /// of both, which must outlive it. Matrices of another order do not compile. Throws Error where sizes or strides do not fit.
  template <RowMajorMatrix<T, classes> Logits, RowMajorMatrix<T, 1> Ponder>
  Gradient gradient(const Logits& dlogits, const Ponder& dponder) const {
    return {values_of(dlogits, classes, "gradient of the logits"), values_of(dponder, 1, "gradient of ponder")};
  }
  /// The same for a model that does not ponder: it has no read and no adaptive computation time.
  template <RowMajorMatrix<T, classes> Logits>
    requires(!Model::ponders)
  Gradient gradient(const Logits& dlogits) const {
    return {values_of(dlogits, classes, "gradient of the logits"), nullptr};
  }
  /// Tape tokens of sample b over all reads.
  Index tape_length([[maybe_unused]] Index b) const {
    if constexpr (Model::reads_tape)
      return trace.tape_length(b);
    else
      return 0;
  }
  /// Multiply-accumulates of sample b: matrix products, attention and reading, of the tokens that it had. The number of FLOPs is twice that.
  double macs(Index b) const {
    const auto at = static_cast<std::size_t>(b);
    return Model::macs(trace, b, static_cast<double>(own_length[at]), static_cast<double>(bank_length[at]));
  }

 private:
  template <class Matrix>
  const T* values_of(const Matrix& matrix, Index columns, std::string_view where) const {
    require(matrix.rows() == samples, where, ": wanted a matrix of ", samples, " rows, found ", matrix.rows());
    adatape::detail::require_adjacent(matrix, columns, where);
    return matrix.data();
  }
};

}  // namespace adatape::model
