#pragma once
/// Some test pictures with what the model says of them and what it read.
#include <string>

#include "../image/checkpoint_info.hpp"
#include "../image/inference.hpp"

namespace adatape::examples {

/// At most 24 of the pictures of `result`, an equal share of every length, as figures. tau 0: the model's own threshold.
std::string example_cards_html(const TrainedModel& model, const ModelFacts& facts, const CheckpointInfo& info, double tau, const PictureSet& set,
                               const TestResult& result);

}  // namespace adatape::examples
