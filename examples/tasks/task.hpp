#pragma once
/// Tasks whose samples are made while a model trains: an unlimited number of them, each a function of the seed and of its number alone.
#include <cstdint>
#include <span>

#include "adatape/core/types.hpp"

namespace adatape::examples {

/// What a sample asks for.
struct TaskSample {
  std::int64_t label = 0;
  int difficulty = 0;  ///< how much there is to read; 0 where a task does not say
};

class Task {
 public:
  virtual ~Task() = default;
  /// Writes sample `number` of training step `step` to `input`, as many values as the models of the task take. Called from several threads at once.
  virtual TaskSample training_sample(std::uint64_t step, std::uint64_t number, std::span<float> input) const = 0;
  /// Writes test sample `number`. Training never sees one.
  virtual TaskSample test_sample(std::uint64_t number, std::span<float> input) const = 0;
};

}  // namespace adatape::examples
