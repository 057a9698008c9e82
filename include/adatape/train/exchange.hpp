#pragma once
/// Where several processes that train one model meet: a policy of Trainer.
#include <concepts>
#include <span>

#include "adatape/core/namespace.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::train {

/// Sums over the samples of one or several batches. Every member is a sum over samples and adds up over processes.
struct BatchTotals {
  double loss = 0, weight = 0, counted = 0, correct = 0, tape_length = 0, ponder = 0;
};

/// An exchange adds up what the processes computed. Trainer::apply calls sum(totals) and then, where the weight is not 0, sum(gradients), both in place. All
/// processes get the same result. A process may have no sample: then its totals and gradients are 0.
template <class E, class T>
concept Exchange = std::movable<E> && requires(E& exchange, BatchTotals& totals, std::span<T> gradients) {
  exchange.sum(totals);
  exchange.sum(gradients);
};

/// One process: nothing to add.
struct NoExchange {
  void sum(BatchTotals&) const {}
  template <class T>
  void sum(std::span<T>) const {}
};

}  // namespace adatape::train
