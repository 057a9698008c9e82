#pragma once
/// Which classes are taken for which.
#include <string>
#include <vector>

#include "../image/checkpoint_info.hpp"
#include "../image/inference.hpp"

namespace adatape::examples {

/// Counts of true and predicted classes.
class Confusion {
 public:
  /// Labels and predictions are below `classes`.
  Confusion(Index classes, const std::vector<TestedPicture>& pictures);

  Index count(Index label, Index predicted) const { return counts_[static_cast<std::size_t>(label * classes_ + predicted)]; }
  /// Test pictures of a class.
  Index total(Index label) const;
  /// Classes that test pictures have, or are taken for.
  const std::vector<Index>& present() const { return present_; }

  /// A matrix of at most 20 classes; of more classes, a table of the 20 pairs that are confused most often.
  std::string html(const CheckpointInfo& info) const;

 private:
  std::string matrix(const CheckpointInfo& info) const;
  std::string pairs(const CheckpointInfo& info) const;

  Index classes_;
  std::vector<Index> counts_;  ///< [label, predicted]
  std::vector<Index> present_;
};

}  // namespace adatape::examples
