#pragma once
/// Sums over leaves in one fixed binary tree, whoever computes which leaf.
#include <utility>
#include <vector>

#include "adatape/core/assert.hpp"
#include "adatape/core/types.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::train {

/// The sum of adjacent leaves [first, first + leaves).
template <class Value>
struct LeafBlock {
  Index first = 0;   ///< number of its first leaf
  Index leaves = 0;  ///< how many leaves
  Value value{};     ///< their sum, or where it is
};

/// Adds blocks that come in ascending order. Two neighbours of n leaves each are added, the right one to the left one, where n is a power of two and the left
/// one starts at a multiple of 2 n. So blocks of any cut of the leaves, each summed by this rule, end in the same sum. finish adds what is left, from right to
/// left.
///
///     leaves       0 1 2 3 4 5 6
///     additions   (0 + 1) + (2 + 3), 4 + 5;  finish: (0..3) + ((4 + 5) + 6)
template <class Value>
class PairwiseSum {
 public:
  /// Blocks that wait for a neighbour, in ascending order. n leaves leave at most 2 log2(n) of them.
  const std::vector<LeafBlock<Value>>& blocks() const { return blocks_; }
  /// Forgets all blocks. The next one may begin at any leaf.
  void clear() { blocks_.clear(); }

  /// add(to, from) does to += from, and is called for each addition. The block begins where the last one ended.
  template <class Add>
  void take(const LeafBlock<Value>& block, const Add& add) {
    ADATAPE_ASSERT(blocks_.empty() || end_of(blocks_.back()) == block.first, "PairwiseSum::take: a block must begin where the last one ended");
    blocks_.push_back(block);
    while (blocks_.size() > 1 && are_siblings(blocks_[blocks_.size() - 2], blocks_.back())) add_last(add);
  }
  /// Adds the blocks that are left. blocks() then has one, the sum of all leaves; none where there was none.
  template <class Add>
  void finish(const Add& add) {
    while (blocks_.size() > 1) add_last(add);
  }

 private:
  static Index end_of(const LeafBlock<Value>& block) { return block.first + block.leaves; }
  static bool are_siblings(const LeafBlock<Value>& left, const LeafBlock<Value>& right) {
    const bool is_power = (left.leaves & (left.leaves - 1)) == 0;
    return is_power && left.leaves == right.leaves && left.first % (2 * left.leaves) == 0;
  }
  template <class Add>
  void add_last(const Add& add) {
    LeafBlock<Value> right = std::move(blocks_.back());
    blocks_.pop_back();
    add(blocks_.back().value, right.value);
    blocks_.back().leaves += right.leaves;
  }

  std::vector<LeafBlock<Value>> blocks_;
};

}  // namespace adatape::train
