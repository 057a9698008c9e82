#pragma once
/// What adaptive computation time did, for callers.
#include <algorithm>
#include <span>

#include "adatape/act/halting.hpp"
#include "adatape/core/arena.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::act {

/// The state of every halting unit of a batch. A view into the arena of the pass that made it, valid until that arena is reset.
template <class T>
struct ActTrace {
  std::span<HaltingState<T>> state;  ///< [samples, units]; a unit is a sample or a token
  Index units = 1;                   ///< halting units of a sample

  /// The state before the first step. Throws std::bad_alloc where there is no memory.
  static ActTrace start(Index samples, Index units_of_sample, Arena& arena) {
    ActTrace trace{arena.take_span<HaltingState<T>>(samples * units_of_sample), units_of_sample};
    std::ranges::fill(trace.state, HaltingState<T>{});
    return trace;
  }
  /// Copies the record of a part of the batch to samples first, first + 1 and so on.
  void place(const ActTrace& part, Index first) { std::ranges::copy(part.state, state.begin() + first * units); }

  /// Steps of the unit that ran longest.
  int steps() const { return longest(state); }
  /// The same of sample b.
  int steps(Index b) const { return longest(sample(b)); }
  /// Whether a unit of sample b has not halted yet.
  bool runs(Index b) const {
    return std::ranges::any_of(sample(b), [](const auto& unit) { return unit.running(); });
  }
  /// The units [units] of sample b.
  std::span<HaltingState<T>> sample(Index b) const { return state.subspan(static_cast<std::size_t>(b * units), static_cast<std::size_t>(units)); }
  Index samples() const { return static_cast<Index>(state.size()) / units; }  ///< of the batch
  /// ponder[b] += sum of U + R over the units of sample b; ponder [samples].
  void add_ponder(T* ponder) const {
    for (Index b = 0; b < samples(); ++b)
      for (const auto& unit : sample(b)) ponder[b] += unit.updates + unit.remainder;
  }

 private:
  static int longest(std::span<const HaltingState<T>> units) {
    T most = 0;
    for (const auto& unit : units) most = std::max(most, unit.updates);
    return static_cast<int>(most);
  }
};

}  // namespace adatape::act
