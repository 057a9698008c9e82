#pragma once
/// The bookkeeping of adaptive computation time (Graves 2016, section 2): when a unit halts, and how much each step weighs.
#include <cmath>

#include "adatape/core/types.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::act {

/// One halting unit: a sample or a token.
template <class T>
struct HaltingState {
  T halting = 0;    ///< h: sum of the probabilities so far; 1 once halted
  T remainder = 0;  ///< R: 1 - h at the step at which the unit halted; 0 before
  T updates = 0;    ///< U: steps taken (N in Graves 2016)

  /// Whether the unit has not halted yet.
  bool running() const { return halting < 1; }

  /// What a unit did at one step.
  struct Step {
    T weight = 0;         ///< of the block's result in the output: p, R, or 0 for a unit that had halted before
    bool goes_on = false;  ///< weight is p
    bool halts = false;    ///< weight is R
  };

  /// Takes a step with halting probability p in [0, 1]. threshold is 1 - act_epsilon.
  ///     run = h < 1;  halts = run and h + p > threshold;  goes_on = run and not halts
  ///     U += 1 where it runs;  h += p where it goes on;  R = 1 - h and then h = 1 where it halts
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
