#pragma once
/// Accuracy against compute: one model read with several thresholds.
#include <string>
#include <vector>

#include "../image/checkpoint_info.hpp"
#include "../image/inference.hpp"

namespace adatape::examples {

struct ThresholdPoint {
  double tau = 0, accuracy = 0;
  double mean_macs = 0, mean_length = 0;
};

struct ThresholdSweep {
  Index pictures = 0;                  ///< that every point was measured on
  std::vector<ThresholdPoint> points;  ///< in order of tau
};

/// `model` on at most 1000 of the pictures of `result`, spread evenly, with multiples of its own threshold. Empty for a model that has no threshold, and where
/// no picture can be read any more.
ThresholdSweep sweep_thresholds(const TrainedModel& model, const ModelFacts& facts, const CheckpointInfo& info, const PictureSet& set,
                                const TestResult& result);

/// A figure of a sweep that has points; `own_tau` is the threshold that the model was trained with.
std::string threshold_sweep_html(const ThresholdSweep& sweep, double own_tau);

}  // namespace adatape::examples
