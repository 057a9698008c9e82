#pragma once
/// An exchange of train::Trainer that measures itself.
#include <span>
#include <utility>

#include "../rounds.hpp"
#include "adatape/train/exchange.hpp"

namespace adatape::bench {

/// E, which adds up the seconds that its process spends inside it, waiting included, and the bytes of values that its process sends. What E does beside the
/// process, such as transfers that overlap with computing, costs no seconds here.
template <class E>
class TimedExchange : public E {
 public:
  explicit TimedExchange(E exchange) : E(std::move(exchange)) {}

  Index sum(Index number) {
    Index result = 0;
    timed([&] { result = E::sum(number); });
    return result;
  }
  void gather_leaves(std::span<train::LeafResult> results) {
    timed([&] { E::gather_leaves(results); });
  }
  /// Each process sends every other one its share.
  template <class V>
  void gather_chunks(std::span<V> values, Index chunk) {
    sent_ += static_cast<double>(values.size_bytes()) * share_of_others();
    timed([&] { E::gather_chunks(values, chunk); });
  }
  void begin_batch(train::Share mine, Index leaves) {
    timed([&] { E::begin_batch(mine, leaves); });
  }
  /// Each process sends every other one that one's share of each block.
  template <class T>
  void begin_sum(std::span<const train::LeafBlock<std::span<T>>> blocks, std::span<const Index> order) {
    for (const auto& block : blocks) sent_ += static_cast<double>(block.value.size_bytes()) * share_of_others();
    timed([&] { E::begin_sum(blocks, order); });
  }
  void finish_sum() {
    timed([&] { E::finish_sum(); });
  }

  double seconds() const { return seconds_; }  ///< of all calls so far
  double sent() const { return sent_; }        ///< bytes so far

 private:
  template <class Call>
  void timed(const Call& call) {
    seconds_ += seconds_of(call);
  }
  double share_of_others() const { return 1 - 1 / static_cast<double>(E::processes()); }

  double seconds_ = 0, sent_ = 0;
};

}  // namespace adatape::bench
