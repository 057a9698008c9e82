#pragma once
/// What a pass through a classifier returns.
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <span>
#include <string_view>

#include "adatape/act/pondernet_halting.hpp"
#include "adatape/core/tokens.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::model {

/// The gradient of a loss with respect to a ClassifierOutput, a view. ClassifierOutput::gradient makes one of Eigen matrices.
template <class T>
struct OutputGradient {
  const T* dlogits = nullptr;  ///< [samples, classes]
  const T* dponder = nullptr;  ///< [samples]
};
/// That of a model with several predictions of a sample: dlogits is [predictions, samples, classes].
template <class T>
struct PredictionsGradient : OutputGradient<T> {
  const T* dprobability = nullptr;  ///< [samples, predictions] with respect to PredictionsOfSample::probability
};

/// How many predictions an output has of every sample.
template <class T, bool several>
struct PredictionsOfSample {
  static constexpr Index predictions = 1;  ///< in every model but a PonderNet
};
/// The same of a PonderNet.
template <class T>
struct PredictionsOfSample<T, true> {
  Index predictions = 1;           ///< act_max_steps behind forward, one behind infer
  const T* probability = nullptr;  ///< [samples, predictions], in a row adding up to 1; null where there is one prediction
};

/// The output of a batch. Views into the arena of the pass, valid until that arena is reset or the Scope around the pass ends.
/// Model: the classifier (D, classes, features, predictions, Trace, reads_tape, ponders, macs). Where there are several predictions of a sample, row n *
/// samples + b of logits and of pooled is prediction n of sample b.
template <class Model, class T>
struct ClassifierOutput : PredictionsOfSample<T, (Model::predictions > 1)> {
  static constexpr bool several = Model::predictions > 1;  ///< whether the model is a PonderNet; `predictions` may be 1 all the same
  /// Of a loss with respect to this output: what an objective returns, and backward takes.
  using Gradient = std::conditional_t<several, PredictionsGradient<T>, OutputGradient<T>>;
  using Trace = typename Model::template Trace<T>;    ///< the record of the encoder
  static constexpr Index classes = Model::classes;    ///< width of the logits
  static constexpr Index features = Model::features;  ///< width of `pooled`

  Index samples = 0;             ///< of the batch
  T* logits = nullptr;           ///< [predictions, samples, classes]
  T* ponder = nullptr;           ///< [samples] without the ponder weight; the sum over all reads, or over all halting units; PonderNet: KL(p || prior)
  T* pooled = nullptr;           ///< features: [predictions, samples, features], what enters the head; with distillation the mean of what enters the two heads
  std::span<Index> own_length;   ///< [samples] own tokens, prefix tokens included
  std::span<Index> bank_length;  ///< [samples] tokens of the bank, whichever kind of bank it is; 0 without a read
  bool inferred = false;         ///< whether inference made this output, not forward
  Trace trace;                 ///< the record of every read (tape/trace.hpp), of every halting unit (act/trace.hpp), or of all steps (act/pondernet_trace.hpp)
  Tokens<T, Model::D> tokens;  ///< final tokens, behind encoder_norm where there is one: own tokens of a sample, then its tape; empty unless
                               ///< Settings::keep_tokens. Where there are several predictions: those behind each, packed as the logits are

  ClassifierOutput() = default;
  /// Room for that many samples, in memory of the arena. The trace is given. predictions_of_sample: 1, or that of the model.
  ClassifierOutput(Index sample_count, const Trace& of_pass, Arena& arena, [[maybe_unused]] Index predictions_of_sample = 1) : samples(sample_count) {
    if constexpr (several) this->predictions = predictions_of_sample;
    logits = arena.take<T>(rows() * classes);
    ponder = arena.take<T>(samples);
    pooled = arena.take<T>(rows() * features);
    own_length = arena.take_span<Index>(samples);
    bank_length = arena.take_span<Index>(samples);
    trace = of_pass;
    if constexpr (several)
      if (this->predictions > 1) this->probability = trace.probability.data();
  }

  /// Rows of logits and pooled.
  Index rows() const { return this->predictions * samples; }

  /// Copies the output of a part of the batch, all but `tokens`, to samples first, first + 1 and so on. Both have one prediction of a sample.
  void place(const ClassifierOutput& part, Index first) {
    ADATAPE_ASSERT(part.predictions == 1 && this->predictions == 1, "Output::place: wanted one prediction of a sample");
    std::copy_n(part.logits, part.samples * classes, logits + first * classes);
    std::copy_n(part.ponder, part.samples, ponder + first);
    std::copy_n(part.pooled, part.samples * features, pooled + first * features);
    std::ranges::copy(part.own_length, own_length.begin() + first);
    std::ranges::copy(part.bank_length, bank_length.begin() + first);
    trace.place(part.trace, first);
  }

  /// Whether all logits of sample b are finite. Where they are not, the weights or the input were too large for T, and the logits rank nothing.
  bool is_finite(Index b) const {
    for (Index row = b; row < rows(); row += samples)
      if (!std::all_of(logits + row * classes, logits + (row + 1) * classes, [](T logit) { return std::isfinite(logit); })) return false;
    return true;
  }
  /// The row of logits and of pooled that is the answer of sample b: with several predictions that of the median step, as HaltingRule::median has it.
  Index answer(Index b) const {
    if constexpr (several)
      if (this->predictions > 1) return act::median_step(std::span<const T>(trace.probability_of(b))) * samples + b;
    return b;
  }
  /// The logits as an Eigen matrix [predictions * samples, classes], a view.
  auto logits_matrix() const { return Eigen::Map<const RowMatrix<T, int{classes}>>(logits, rows(), classes); }
  /// The features as an Eigen matrix [predictions * samples, features], a view.
  auto pooled_matrix() const { return Eigen::Map<const RowMatrix<T, int{features}>>(pooled, rows(), features); }
  /// ponder as an Eigen vector [samples], a view.
  auto ponder_vector() const { return Eigen::Map<const RowMatrix<T, 1>>(ponder, samples); }
  /// The gradient of a loss for backward, from row-major matrices whose rows are adjacent: dlogits [samples, classes] and dponder, a column [samples]. A view
  /// of both, which must outlive it. Matrices of another order do not compile. Throws Error where sizes or strides do not fit.
  template <RowMajorMatrix<T, classes> Logits, RowMajorMatrix<T, 1> Ponder>
    requires(!several)
  Gradient gradient(const Logits& dlogits, const Ponder& dponder) const {
    return {values_of(dlogits, samples, classes, "gradient of the logits"), values_of(dponder, samples, 1, "gradient of ponder")};
  }
  /// The same for a model with several predictions of a sample: dlogits [predictions * samples, classes], dponder [samples] and dprobability
  /// [samples, predictions].
  template <RowMajorMatrix<T, classes> Logits, RowMajorMatrix<T, 1> Ponder, RowMajorMatrix<T, Model::predictions> Probability>
    requires several
  Gradient gradient(const Logits& dlogits, const Ponder& dponder, const Probability& dprobability) const {
    return {{values_of(dlogits, rows(), classes, "gradient of the logits"), values_of(dponder, samples, 1, "gradient of ponder")},
            values_of(dprobability, samples, Model::predictions, "gradient of the probabilities")};
  }
  /// The same for a model that does not ponder: it has no read and no adaptive computation time.
  template <RowMajorMatrix<T, classes> Logits>
    requires(!Model::ponders)
  Gradient gradient(const Logits& dlogits) const {
    return {values_of(dlogits, samples, classes, "gradient of the logits"), nullptr};
  }
  /// Tape tokens of sample b over all reads.
  Index tape_length([[maybe_unused]] Index b) const {
    if constexpr (Model::reads_tape)
      return trace.tape_length(b);
    else
      return 0;
  }
  /// Multiply-accumulates that the pass computed for sample b: matrix products, attention and reading, of the tokens that it had. The number of FLOPs is twice
  /// that. forward and inference differ where there is an input bank of patches: inference does not embed it (tape/folded_bank.hpp).
  double macs(Index b) const { return macs(b, inferred); }
  /// The same of forward, whichever pass made this output: the count of the model's equations as they are written. Studies compare models by it.
  double forward_macs(Index b) const { return macs(b, false); }

 private:
  double macs(Index b, bool in_inference) const {
    const auto at = static_cast<std::size_t>(b);
    return Model::macs(trace, b, static_cast<double>(own_length[at]), static_cast<double>(bank_length[at]), in_inference);
  }
  template <class Matrix>
  static const T* values_of(const Matrix& matrix, Index wanted, Index columns, std::string_view where) {
    require(matrix.rows() == wanted, where, ": wanted a matrix of ", wanted, " rows, found ", matrix.rows());
    adatape::detail::require_adjacent(matrix, columns, where);
    return matrix.data();
  }
};

}  // namespace adatape::model
