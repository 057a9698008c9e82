#pragma once
/// What smoothing of outlier channels (model/smoothing.hpp) did to a model.
#include "adatape/core/types.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::model {

/// The error of a LayerNorm is that of the products in int8 that read it, relative to the same products in float:
///     sqrt(sum (int8 - float)^2 / sum float^2) over all elements of all calibration samples
struct SmoothingReport {
  Index norms = 0;         ///< LayerNorms that could be smoothed
  Index smoothed = 0;      ///< those where smoothing makes the error smaller; the others are as they were
  double mean_before = 0;  ///< mean error of the norms before smoothing; 0 where there are none
  double most_before = 0;  ///< largest error before smoothing
  double mean_after = 0;   ///< mean error after smoothing
  double most_after = 0;   ///< largest error after smoothing
};

}  // namespace adatape::model
