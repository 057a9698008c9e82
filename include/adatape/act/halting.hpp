#pragma once
/// The bookkeeping of adaptive computation time (Graves 2016, section 2): when a unit halts, and how much each step weighs.
#include <cmath>

#include "adatape/core/types.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::act {

/// One halting unit: an example or a token.
template <class T>
struct HaltingState {
  T halting = 0;    ///< h: sum of the probabilities so far; 1 once halted
  T remainder = 0;  ///< R: what was left to 1 when the unit halted; 0 before
  T updates = 0;    ///< N: steps taken

  bool running() const { return halting < 1; }

  /// What a unit did at one step.
  struct Step {
    T weight = 0;         ///< of the step's state in the output: p, R, or 0
    bool goes_on = false;  ///< weight is p
    bool halts = false;    ///< weight is R
  };

  /// Takes a step with halting probability p:  run = h < 1;  halts = run and h + p > threshold;  goes_on = run and not halts.
  Step advance(T p, T threshold) {
    Step step;
    if (!running()) return step;
    step.halts = halting + p > threshold;
    step.goes_on = !step.halts;
    updates += 1;
    if (step.halts) {
      remainder = 1 - halting;
      halting = 1;
      step.weight = remainder;
    } else {
      halting += p;
      step.weight = p;
    }
    return step;
  }
};

}  // namespace adatape::act
