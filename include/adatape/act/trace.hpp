#pragma once
/// What adaptive computation time did, for callers.
#include <span>

#include "adatape/act/halting.hpp"

namespace adatape::act {

/// The final state of every halting unit of a batch. A view into the arena of the pass that made it.
template <class T>
struct ActTrace {
  std::span<HaltingState<T>> state;  ///< [samples, units]; a unit is an example or a token
  Index units = 1;                   ///< halting units of a sample
  int steps = 0;                     ///< block applications of the sample that ran longest

  std::span<HaltingState<T>> sample(Index b) const { return state.subspan(static_cast<std::size_t>(b * units), static_cast<std::size_t>(units)); }
  Index samples() const { return static_cast<Index>(state.size()) / units; }
  /// ponder [samples] += sum of (N + R) over the sample's units.
  void add_ponder(T* ponder) const {
    for (Index b = 0; b < samples(); ++b)
      for (const auto& unit : sample(b)) ponder[b] += unit.updates + unit.remainder;
  }
};

}  // namespace adatape::act
