#pragma once
/// Where several processes that train one model meet: a policy of Trainer.
#include <algorithm>
#include <concepts>
#include <span>

#include "adatape/core/error.hpp"
#include "adatape/train/pairwise_sum.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::train {

/// Sums over the samples of one or several batches. Every member is a sum over samples and adds up over processes.
struct BatchTotals {
  double loss = 0;         ///< weight times loss
  double weight = 0;       ///< the weights
  double counted = 0;      ///< samples whose weight is not 0
  double correct = 0;      ///< of these, samples that the model answers rightly
  double tape_length = 0;  ///< weight times number of tape tokens, over all reads
  double ponder = 0;       ///< weight times ponder, without the ponder weight

  /// Adds every member to its own.
  BatchTotals& operator+=(const BatchTotals& other) {
    loss += other.loss;
    weight += other.weight;
    counted += other.counted;
    correct += other.correct;
    tape_length += other.tape_length;
    ponder += other.ponder;
    return *this;
  }
};

/// Numbers first to end - 1 of leaves, of samples or of chunks.
struct Share {
  Index first = 0;                            ///< the first number
  Index end = 0;                              ///< one behind the last number
  Index size() const { return end - first; }  ///< how many numbers
  bool operator==(const Share&) const = default;
};

/// Of `count` equal things, those that are part `part` of `parts` nearly equal ones.
constexpr Share share_of(Index count, Index part, Index parts) { return {count * part / parts, count * (part + 1) / parts}; }

/// Values of a flat buffer that travel and are updated together. Process p owns chunks p, p + processes, p + 2 processes and so on. So every process owns
/// chunks that a backward pass finishes early, and chunks that it finishes late.
inline constexpr Index kExchangeChunk = Index{1} << 15;
/// The process that owns a chunk.
constexpr Index owner_of(Index chunk, Index processes) { return chunk % processes; }
/// The number of chunks, of `count`, that a process owns. The i-th of them is process + i processes.
constexpr Index owned_chunks(Index count, Index process, Index processes) { return (count - process + processes - 1) / processes; }

/// The number of chunks of `size` values. The last one may be shorter.
constexpr Index chunks_of(Index size, Index chunk = kExchangeChunk) { return divide_up(size, chunk); }
/// The values in chunk number `number` of a buffer of `size`.
constexpr Share values_in(Index number, Index size, Index chunk = kExchangeChunk) { return {number * chunk, std::min(size, (number + 1) * chunk)}; }
/// The positions of the samples in these leaves, at least one, of a batch of `whole` samples that is cut into `count` leaves.
constexpr Share samples_in(Share leaves, Index count, Index whole) {
  return {share_of(whole, leaves.first, count).first, share_of(whole, leaves.end - 1, count).end};
}

/// What a leaf gave, and how long its process computed it.
struct LeafResult {
  BatchTotals totals;  ///< of its samples
  double seconds = 0;  ///< of wall time, forward and backward
};

/// All processes call the members of their exchanges in the same order, with equal counts. T is the scalar type of the gradients.
///     process()                       the number of this process, from 0
///     processes()                     how many processes there are
///     leaves(count)                   the leaves that this process should compute of a batch that is cut into `count`. The shares of all processes, in their
///                                     order, are [0, count). They are the same until the next call of gather_leaves, which may deal the leaves out anew.
///     begin_batch(mine, count)        this process computes the leaves `mine` of the next batch. Throws Error, in all processes, unless the shares of all
///                                     processes, in their order, are [0, count).
///     sum(number)                     the sum of the numbers of all processes
///     gather_leaves(results)          results[l] is valid where l is a leaf of this process, and for all l afterwards
///     gather_chunks(values, chunk)    values are `chunk` a chunk, and those of the chunks that this process owns are valid; afterwards all are
///     begin_sum(blocks, order)        the blocks of all processes, of the leaves of begin_batch, are to end in one sum (PairwiseSum). This process gets the
///                                     chunks of the sum that it owns, in the buffer of its first block. Other values of its buffers mean nothing afterwards.
///                                     `order` has the numbers of all chunks. The memory of blocks and order must stay until finish_sum() has returned.
///     ready(count)                    the first `count` chunks of the order are final in the blocks of this process from here on. Any thread may call this.
///     finish_sum()                    all chunks are final. Returns when this process has its chunks of the sum.
/// In a run of one process gather_leaves and the three members for sums are not called.
template <class E, class T>
concept Exchange = std::movable<E> && requires(E& exchange, Index count, std::span<LeafResult> results, std::span<double> sums, std::span<T> values,
                                               std::span<const LeafBlock<std::span<T>>> blocks, std::span<const Index> order) {
  { exchange.process() } -> std::same_as<Index>;
  { exchange.processes() } -> std::same_as<Index>;
  { exchange.leaves(count) } -> std::same_as<Share>;
  exchange.begin_batch(Share{}, count);
  { exchange.sum(count) } -> std::same_as<Index>;
  exchange.gather_leaves(results);
  exchange.gather_chunks(sums, Index{1});
  exchange.gather_chunks(values, kExchangeChunk);
  exchange.begin_sum(blocks, order);
  exchange.ready(count);
  exchange.finish_sum();
};

/// One process: it computes and owns everything.
struct NoExchange {
  static constexpr Index process() { return 0; }
  static constexpr Index processes() { return 1; }
  Share leaves(Index count) const { return {0, count}; }
  void begin_batch(Share mine, Index count) const {
    require(mine == Share{0, count}, "training batch: wanted all ", count, " leaves in a run of one process, found ", mine.first, " to ", mine.end - 1);
  }
  Index sum(Index number) const { return number; }
  template <class Values>
  void gather_leaves(const Values&) const {}
  template <class Values>
  void gather_chunks(const Values&, Index) const {}
  template <class Blocks>
  void begin_sum(const Blocks&, std::span<const Index>) const {}
  void ready(Index) const {}
  void finish_sum() const {}
};

}  // namespace adatape::train
