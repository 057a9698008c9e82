#pragma once
/// Of the parts of batches what one process reads.
#include "part_positions.hpp"
#include "part_sampler.hpp"

namespace adatape::examples {

/// A Sampler (adatape/data/loader.hpp): the samples of each part that are at the positions of this process.
class SharedParts {
 public:
  SharedParts(PartSampler parts, PositionsOfPart positions) : parts_(std::move(parts)), positions_(std::move(positions)) {}

  Index epoch() const { return parts_.epoch(); }
  Index position() const { return parts_.position(); }
  /// Samples of the whole part number `position` of an epoch.
  Index size_of(Index position) const { return parts_.size_of(position); }
  PartPositions positions(Index whole) const { return positions_(whole); }

  /// A view, valid until the next call of next.
  std::span<const Index> next() {
    const auto part = parts_.next();
    chosen_.clear();
    for (const Index position : positions_(std::ssize(part)).read) chosen_.push_back(part[static_cast<std::size_t>(position)]);
    return chosen_;
  }

 private:
  PartSampler parts_;
  PositionsOfPart positions_;
  std::vector<Index> chosen_;
};

}  // namespace adatape::examples
