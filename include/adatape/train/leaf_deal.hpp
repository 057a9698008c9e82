#pragma once
/// Leaves of a batch, dealt out to processes by the time that they took before.
#include <algorithm>
#include <limits>
#include <span>
#include <vector>

#include "adatape/core/error.hpp"
#include "adatape/train/exchange.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::train {

/// The blocks that the leaves [first, end) leave behind (PairwiseSum): one where they are 2^k leaves from a multiple of 2^k on, else more.
constexpr Index blocks_of(Share leaves) {
  Index blocks = 0;
  for (Index at = leaves.first, size = 1; at < leaves.end; at += size, ++blocks)
    for (size = 1; at % (2 * size) == 0 && at + 2 * size <= leaves.end;) size *= 2;
  return blocks;
}

/// Process p computes the leaves [cuts[p], cuts[p + 1]), at least one.
using LeafCuts = std::vector<Index>;

/// The time until the last process is ready: it needs seconds[l] for leaf l, and block_seconds for each block of leaves that it sends.
inline double slowest(const LeafCuts& cuts, std::span<const double> seconds, double block_seconds) {
  double most = 0;
  for (std::size_t p = 0; p + 1 < cuts.size(); ++p) {
    double sum = block_seconds * static_cast<double>(blocks_of({cuts[p], cuts[p + 1]}));
    for (Index leaf = cuts[p]; leaf < cuts[p + 1]; ++leaf) sum += seconds[static_cast<std::size_t>(leaf)];
    most = std::max(most, sum);
  }
  return most;
}

/// The cuts with the least slowest(), among those that give no process more than four times an even share. 1 <= processes <= leaves. Dynamic programming over
/// leaves and processes, 4 leaves^2 additions. Throws std::bad_alloc where there is no memory.
inline LeafCuts deal_leaves(std::span<const double> seconds, Index processes, double block_seconds) {
  const Index leaves = std::ssize(seconds), most = 4 * divide_up(leaves, processes);
  const auto columns = static_cast<std::size_t>(leaves + 1);
  std::vector<double> sums(columns, 0), best(columns, std::numeric_limits<double>::infinity()), next;
  for (std::size_t l = 0; l < seconds.size(); ++l) sums[l + 1] = sums[l] + seconds[l];
  best[0] = 0;
  std::vector<std::vector<Index>> cut_before;  // [process][end of its leaves]: their first
  for (Index p = 0; p < processes; ++p) {
    next.assign(columns, std::numeric_limits<double>::infinity());
    auto& cuts = cut_before.emplace_back(columns, 0);
    for (Index end = p + 1; end <= leaves - (processes - 1 - p); ++end)
      for (Index first = std::max(p, end - most); first < end; ++first) {
        const auto from = static_cast<std::size_t>(first), to = static_cast<std::size_t>(end);
        const double time = std::max(best[from], sums[to] - sums[from] + block_seconds * static_cast<double>(blocks_of({first, end})));
        if (time < next[to]) next[to] = time, cuts[to] = first;
      }
    best.swap(next);
  }
  LeafCuts cuts(static_cast<std::size_t>(processes + 1), leaves);
  for (auto p = static_cast<std::size_t>(processes); p > 0; --p) cuts[p - 1] = cut_before[p - 1][static_cast<std::size_t>(cuts[p])];
  return cuts;
}

/// The deal of a run. Processes that are told the same results deal the same leaves.
class LeafDeal {
 public:
  /// Of a run of so many processes. No batch was measured yet.
  explicit LeafDeal(Index processes) : processes_(processes) {}

  /// The leaves of process `process`, of `count`. Nearly equal shares before the first deal, and where batches of another count were measured.
  Share share(Index count, Index process) const {
    if (count != std::ssize(seconds_) || cuts_.empty()) return share_of(count, process, processes_);
    return {cuts_[static_cast<std::size_t>(process)], cuts_[static_cast<std::size_t>(process + 1)]};
  }
  /// Takes the seconds of each leaf. A moving average, because samples differ from batch to batch.
  void measure(std::span<const LeafResult> results) {
    if (results.size() != seconds_.size()) {
      seconds_.clear();
      cuts_.clear();
      batches_ = 0;
    }
    const double weight = batches_ == 0 ? 1 : 0.25;
    seconds_.resize(results.size());
    for (std::size_t l = 0; l < results.size(); ++l) seconds_[l] += weight * (results[l].seconds - seconds_[l]);
    ++batches_;
  }
  /// Whether enough batches were measured for a new deal.
  bool due() const { return batches_ > 0 && batches_ % kBatches == 0; }
  /// Deals the leaves out anew where that makes the slowest process at least 3 % faster: a new deal can cost more messages than it seems.
  void deal(double block_seconds) {
    LeafCuts now;
    for (Index p = 0; p < processes_; ++p) now.push_back(share(std::ssize(seconds_), p).first);
    now.push_back(std::ssize(seconds_));
    auto cuts = deal_leaves(seconds_, processes_, block_seconds);
    if (slowest(cuts, seconds_, block_seconds) < 0.97 * slowest(now, seconds_, block_seconds)) cuts_ = std::move(cuts);
  }

 private:
  static constexpr Index kBatches = 8;
  Index processes_, batches_ = 0;
  std::vector<double> seconds_;  ///< [leaves] of the batches so far
  LeafCuts cuts_;                ///< empty: nearly equal shares
};

}  // namespace adatape::train
