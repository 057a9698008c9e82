#pragma once
/// Recall: a question and a memory. Which class do most of those rows name that have the asked key?
#include "../tasks/task.hpp"

namespace adatape::examples {

/// How samples are made.
struct RecallOptions {
  Index rows = 0;           ///< of the memory
  Index most_matches = 16;  ///< rows that have the asked key: 1 to this many, all numbers equally likely
  double noise = 0.3;       ///< deviation of the noise of a question
  std::uint64_t seed = 0;
};

/// A sample is [kQuestions + rows, kRow]: kQuestions tokens that ask, then the memory. A row is a key of kKey values, -1 or 1, and a class, one-hot. A token
/// that asks is the asked key, each value in normal noise of its own, and no class.
///
/// The number of rows with the asked key, the difficulty, is uniform from 1 to most_matches; they stand anywhere. Each names the label with probability 1/2,
/// else a uniform other class; this is drawn again until more of them name the label than any other class. All other rows have uniform other keys and uniform
/// classes. A sample is a function of (seed, training or test, step, number) alone.
class RecallTask : public Task {
 public:
  static constexpr int kKey = 16, kClasses = 16, kRow = kKey + kClasses, kQuestions = 4, kMostMatches = 60;

  /// `options` must outlive this object.
  explicit RecallTask(const RecallOptions& options) : options_(options) {}

  TaskSample training_sample(std::uint64_t step, std::uint64_t number, std::span<float> input) const override { return draw(0, step, number, input); }
  TaskSample test_sample(std::uint64_t number, std::span<float> input) const override { return draw(1, 0, number, input); }

 private:
  TaskSample draw(std::uint32_t set, std::uint64_t step, std::uint64_t number, std::span<float> input) const;

  const RecallOptions& options_;
};

}  // namespace adatape::examples
