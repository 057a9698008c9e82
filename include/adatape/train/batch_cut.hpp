#pragma once
/// How a batch is cut into leaves, and a leaf into parts.
#include <algorithm>
#include <span>

#include "adatape/core/model.hpp"
#include "adatape/train/batch.hpp"
#include "adatape/train/exchange.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::train {

/// A batch cut into leaves, by positions in the whole batch. A leaf is computed in parts of at most at_once samples.
struct BatchCut {
  Index whole = 0;                  ///< samples of the whole batch, of all processes, those of weight 0 included
  Index leaves = 1;                 ///< of the whole batch
  Index at_once = 1;                ///< samples of a part, at most
  Share mine{};                     ///< leaves of this process
  Index first = 0;                  ///< position of the first sample that this process has
  std::span<const Index> before{};  ///< [positions that this process has, + 1] counted samples in front of a position; empty: all samples are counted

  /// Of a leaf of this process the counted samples, in their order in this process.
  Share counted_of(Index leaf) const {
    const Share positions = share_of(whole, leaf, leaves);
    const auto counted = [&](Index position) { return before.empty() ? position - first : before[static_cast<std::size_t>(position - first)]; };
    return {counted(positions.first), counted(positions.end)};
  }
};

/// The leaves whose samples have these positions. Throws Error where the positions are not those of one or more whole leaves.
inline Share leaves_with(Share positions, Index leaves, Index whole) {
  if (whole == 0) return {0, leaves};
  const auto leaf_at = [&](Index position) { return (position * leaves + whole - 1) / whole; };
  const Share found{leaf_at(positions.first), leaf_at(positions.end)};
  require(found.size() > 0 && samples_in(found, leaves, whole) == positions, "training batch: wanted the samples of whole leaves of ", whole,
          " samples, the first leaf 0 to ", share_of(whole, 0, leaves).end - 1, ", found ", positions.first, " to ", positions.end - 1);
  return found;
}

/// Cuts the samples of `counted` (CountedBatch) into leaves, `leaves` of them where that is not 0, and into parts of about values_at_once values. All processes
/// call this function together. Throws Error where the processes do not have all leaves between them.
template <class Model, class Counted, class Exchange>
BatchCut cut_batch(const Counted& counted, Index values_at_once, Index leaves, Exchange& exchange) {
  const auto& batch = counted.all;
  const Index positions = batch.input.samples();
  BatchCut cut;
  cut.whole = batch.whole > 0 ? batch.whole : positions;
  cut.first = batch.first;
  cut.before = counted.before;
  const Index rows = exchange.sum(own_rows<Model>(batch.input)), values = std::max(Index{1}, rows / std::max(Index{1}, cut.whole)) * Index{Model::D};
  const Index rest = values_at_once % values;  // values_at_once + values / 2 may overflow
  cut.at_once = std::max(Index{1}, values_at_once / values + (rest >= values - values / 2 ? 1 : 0));
  // Where each of two leaves would get less than an eighth of values_at_once, a second one would gain less time than the addition of its gradients costs.
  if (leaves == 0) leaves = cut.whole * values * 4 < values_at_once ? 1 : 2;
  cut.leaves = std::clamp(cut.whole, Index{1}, leaves);
  cut.mine = leaves_with({batch.first, batch.first + positions}, cut.leaves, cut.whole);
  exchange.begin_batch(cut.mine, cut.leaves);
  return cut;
}

}  // namespace adatape::train
