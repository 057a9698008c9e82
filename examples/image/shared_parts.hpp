#pragma once
/// Of the parts of batches what one process reads.
#include <deque>
#include <memory>

#include "part_positions.hpp"
#include "part_sampler.hpp"

namespace adatape::examples {

/// A Sampler (adatape/data/loader.hpp): the samples of each part that are at the positions of this process. The positions may be others in the next part. So
/// those of a part are kept for the one who gets what was read.
class SharedParts {
 public:
  SharedParts(PartSampler parts, PositionsOfPart positions) : parts_(std::move(parts)), positions_(std::move(positions)) {}

  Index epoch() const { return parts_.epoch(); }
  Index position() const { return parts_.position(); }
  /// Samples of the whole part number `position` of an epoch.
  Index size_of(Index position) const { return parts_.size_of(position); }
  /// The positions of the first part, of those that next() has returned, for which this function was not called yet. Copies of this object share them.
  PartPositions take_positions() {
    auto positions = std::move(chosen_positions_->front());
    chosen_positions_->pop_front();
    return positions;
  }

  /// A view, valid until the next call of next.
  std::span<const Index> next() {
    const auto part = parts_.next();
    chosen_.clear();
    chosen_positions_->push_back(positions_(std::ssize(part)));
    for (const Index position : chosen_positions_->back().read) chosen_.push_back(part[static_cast<std::size_t>(position)]);
    return chosen_;
  }

 private:
  PartSampler parts_;
  PositionsOfPart positions_;
  std::shared_ptr<std::deque<PartPositions>> chosen_positions_ = std::make_shared<std::deque<PartPositions>>();
  std::vector<Index> chosen_;
};

}  // namespace adatape::examples
