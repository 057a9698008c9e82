#pragma once
/// How well a model does on test samples of a task, and how much it reads of which.
#include <map>

#include "../common/compiled_model.hpp"
#include "adatape/core/context.hpp"
#include "adatape/io/json.hpp"
#include "task.hpp"

namespace adatape::examples {

/// The test samples of one difficulty.
struct DifficultyResult {
  Index samples = 0, correct = 0, length = 0;  ///< length: sum of tape tokens or steps
};

struct Evaluation {
  Settings settings;  ///< the test ran with these
  Index samples = 0, correct = 0;
  double mean_length = 0, mean_macs = 0;
  double correlation = 0;  ///< Spearman's, of tape length and difficulty
  double seconds = 0;      ///< of the models' work and of making the samples
  std::map<int, DifficultyResult> by_difficulty;

  double percent() const { return 100 * static_cast<double>(correct) / static_cast<double>(samples); }
  /// All of it but the results of each difficulty, and these.
  nlohmann::json json() const;
  nlohmann::json difficulty_json() const;
};

/// Tests the model on samples 0 to count - 1, of which each process of the group takes a share. Called by all together. Throws Error where an output is not
/// finite.
Evaluation evaluate(ProcessGroup& group, const TrainedModel& model, const ModelFacts& facts, const Task& task, Index count, const Settings& settings);

/// Tests at thresholds 0.5, 1, 1.5 and so on up to T, and with every exact number of tape tokens from 1 to T. Empty for a model that reads no tape. As evaluate
/// in all else.
std::vector<Evaluation> sweep(ProcessGroup& group, const TrainedModel& model, const ModelFacts& facts, const Task& task, Index count, const Settings& settings);

}  // namespace adatape::examples
