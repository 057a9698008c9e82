#pragma once
/// What PonderNet did, for callers.
#include <algorithm>
#include <span>

#include "adatape/act/pondernet_halting.hpp"
#include "adatape/core/arena.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::act {

/// The steps of every sample of a batch. A view into the arena of the pass that made it, valid until that arena is reset.
template <class T>
struct PonderNetTrace {
  std::span<Index> taken;  ///< [samples] steps that were computed: all in training and for expectations, else those until the sample halted
  std::span<bool> halted;  ///< [samples] whether the sample takes no further step; true for all behind the pass
  std::span<T> lambda;  ///< [samples, most] probability of halting at a step that was reached; 0 for steps not taken, and for the last of `most` steps, which
                        ///< always halts
  std::span<T> probability;  ///< [samples, most] p, probability of halting at the step; 0 for steps not taken
  Index most = 1;            ///< steps of a sample at most
  Index predictions = 1;     ///< predictions that were made of each sample: `most` in training and for expectations, else 1
  double prior = 0;          ///< lambda_p of the configuration

  /// The record before the first step. Throws std::bad_alloc where there is no memory.
  static PonderNetTrace start(Index samples, Index most_steps, Index predictions_of_sample, double lambda_p, Arena& arena) {
    PonderNetTrace trace{arena.take_span<Index>(samples),
                         arena.take_span<bool>(samples),
                         arena.take_span<T>(samples * most_steps),
                         arena.take_span<T>(samples * most_steps),
                         most_steps,
                         predictions_of_sample,
                         lambda_p};
    std::ranges::fill(trace.taken, 0);
    std::ranges::fill(trace.halted, false);
    std::ranges::fill(trace.lambda, T(0));
    std::ranges::fill(trace.probability, T(0));
    return trace;
  }
  /// Copies the record of a part of the batch to samples first, first + 1 and so on.
  void place(const PonderNetTrace& part, Index first) {
    std::ranges::copy(part.taken, taken.begin() + first);
    std::ranges::copy(part.halted, halted.begin() + first);
    std::ranges::copy(part.lambda, lambda.begin() + first * most);
    std::ranges::copy(part.probability, probability.begin() + first * most);
  }

  Index samples() const { return std::ssize(taken); }  ///< of the batch
  /// Steps that were computed of sample b.
  int steps(Index b) const { return static_cast<int>(taken[static_cast<std::size_t>(b)]); }
  /// Whether sample b has not halted yet.
  bool runs(Index b) const { return !halted[static_cast<std::size_t>(b)]; }
  /// lambda of the steps that sample b took.
  std::span<T> lambda_of(Index b) const { return of(lambda, b); }
  /// p of the steps that sample b took.
  std::span<T> probability_of(Index b) const { return of(probability, b); }

  /// Writes p of the steps taken. Where a sample halted before the last of `most` steps, p of the step at which it halted is lambda_n S_{n-1}, and the
  /// rest of the probability belongs to steps that were not computed.
  void finish() const {
    for (Index b = 0; b < samples(); ++b) {
      const auto p = probability_of(b);
      const std::span<const T> of_sample = lambda_of(b);
      if (p.empty()) continue;
      halting_distribution(of_sample, p);
      if (std::ssize(p) < most) p.back() = static_cast<T>(going_on_after(of_sample.first(p.size() - 1)) * static_cast<double>(of_sample.back()));
    }
  }
  /// ponder[b] += KL(p || g), where g is the geometric prior; ponder [samples]. Where a sample halted early, the step at which it halted stands for itself and
  /// all steps behind it, in p and in g: a lower bound of the divergence over all steps.
  void add_ponder(T* ponder) const {
    for (Index b = 0; b < samples(); ++b) ponder[b] += static_cast<T>(divergence_from_geometric(std::span<const T>(lambda_of(b)), prior));
  }

 private:
  std::span<T> of(std::span<T> values, Index b) const {
    return values.subspan(static_cast<std::size_t>(b * most), static_cast<std::size_t>(taken[static_cast<std::size_t>(b)]));
  }
};

}  // namespace adatape::act
