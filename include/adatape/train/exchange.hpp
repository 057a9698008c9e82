#pragma once
/// Where several processes that train one model meet: a policy of Trainer.
#include <algorithm>
#include <concepts>
#include <span>

#include "adatape/train/pairwise_sum.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::train {

/// Sums over the samples of one or several batches. Every member is a sum over samples and adds up over processes.
struct BatchTotals {
  double loss = 0, weight = 0, counted = 0, correct = 0, tape_length = 0, ponder = 0;

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
  Index first = 0, end = 0;
  Index size() const { return end - first; }
};

/// Of `count` equal things, those that are part `part` of `parts` nearly equal ones.
constexpr Share share_of(Index count, Index part, Index parts) { return {count * part / parts, count * (part + 1) / parts}; }

/// Values of a flat buffer that travel and are updated together. A process owns whole chunks.
inline constexpr Index kExchangeChunk = Index{1} << 15;

/// The number of chunks of `size` values. The last one may be shorter.
constexpr Index chunks_of(Index size, Index chunk = kExchangeChunk) { return (size + chunk - 1) / chunk; }
/// The values in these chunks of a buffer of `size`.
constexpr Share values_in(Share chunks, Index size, Index chunk = kExchangeChunk) {
  return {std::min(size, chunks.first * chunk), std::min(size, chunks.end * chunk)};
}
/// The positions of the samples in these leaves, at least one, of a batch of `whole` samples that is cut into `count` leaves.
constexpr Share samples_in(Share leaves, Index count, Index whole) {
  return {share_of(whole, leaves.first, count).first, share_of(whole, leaves.end - 1, count).end};
}

/// All processes call the members of their exchanges in the same order, with equal counts. T is the scalar type of the gradients.
///  - process(): the number of this one, from 0. processes(): how many there are. The members below are not called where there is one, but for leaves, chunks and sum.
///  - leaves(count): the leaves of a batch that this process computes. The shares of all processes, in their order, are [0, count).
///  - gather_leaves(values): values[l] is valid where l is a leaf of this process, and for all l afterwards.
///  - chunks(count): the chunks of a flat buffer that this process owns, likewise; gather_chunks(values, chunk): values are `chunk` a chunk, and those of the
///    chunks of this process are valid; afterwards all are.
///  - add_blocks(blocks): the blocks of all processes end in one sum (PairwiseSum), of which this process gets the chunks that it owns, in the buffer of its
///    first block. Other values of its buffers mean nothing afterwards.
///  - sum(number): of all processes.
template <class E, class T>
concept Exchange = std::movable<E> && requires(E& exchange, Index count, std::span<BatchTotals> totals, std::span<double> sums, std::span<T> values,
                                               std::span<const LeafBlock<std::span<T>>> blocks) {
  { exchange.process() } -> std::same_as<Index>;
  { exchange.processes() } -> std::same_as<Index>;
  { exchange.leaves(count) } -> std::same_as<Share>;
  { exchange.chunks(count) } -> std::same_as<Share>;
  { exchange.sum(count) } -> std::same_as<Index>;
  exchange.gather_leaves(totals);
  exchange.gather_chunks(sums, Index{1});
  exchange.gather_chunks(values, kExchangeChunk);
  exchange.add_blocks(blocks);
};

/// One process: it computes and owns everything.
struct NoExchange {
  static constexpr Index process() { return 0; }
  static constexpr Index processes() { return 1; }
  Share leaves(Index count) const { return {0, count}; }
  Share chunks(Index count) const { return {0, count}; }
  Index sum(Index number) const { return number; }
  template <class Values>
  void gather_leaves(const Values&) const {}
  template <class Values>
  void gather_chunks(const Values&, Index) const {}
  template <class Blocks>
  void add_blocks(const Blocks&) const {}
};

}  // namespace adatape::train
