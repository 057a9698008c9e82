#pragma once
/// Which samples of a part of a batch a process reads, and which of them it trains on.
#include <algorithm>
#include <functional>
#include <numeric>
#include <vector>

#include "adatape/train/exchange.hpp"

namespace adatape::examples {

struct PartPositions {
  train::Share own;         ///< those that it trains on
  std::vector<Index> read;  ///< ascending; `own`, and what these are mixed with

  /// Where `own` begins in `read`.
  Index first_own() const { return std::ranges::lower_bound(read, own.first) - read.begin(); }
};

/// The positions of this process in a part of `whole` samples.
using PositionsOfPart = std::function<PartPositions(Index whole)>;

/// Of a part whose samples are not mixed.
inline PartPositions own_positions(train::Share own) {
  PartPositions positions{own, std::vector<Index>(static_cast<std::size_t>(own.size()))};
  std::iota(positions.read.begin(), positions.read.end(), own.first);
  return positions;
}

/// Of a part in which sample b of the first `paired` ones is mixed with sample paired - 1 - b. Those of the first `paired` samples that are read are a part of
/// the same kind: number i of n is mixed with number n - 1 - i.
inline PartPositions mixed_positions(train::Share own, Index paired) {
  PartPositions positions = own_positions(own);
  auto& read = positions.read;
  for (Index b = own.first; b < std::min(own.end, paired); ++b) read.push_back(paired - 1 - b);
  std::ranges::sort(read);
  read.erase(std::unique(read.begin(), read.end()), read.end());
  return positions;
}

}  // namespace adatape::examples
