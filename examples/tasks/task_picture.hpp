#pragma once
/// A picture of test samples of a task with the bank patches that were read.
#include <filesystem>
#include <string>
#include <vector>

#include "../common/compiled_model.hpp"
#include "task.hpp"

namespace adatape::examples {

/// How the samples of a task are shown.
struct TaskLook {
  std::string title;
  std::vector<std::string> classes;  ///< names; empty: numbers
  float dark = 0, bright = 1;        ///< the values that pixels 0 and 255 have in a sample
};

/// Writes a PNG of `count` of the first 400 test samples, in order of tape length, each length with an equal share. The model takes images, and the task has at
/// most 256 classes. Throws Error as image::write_png does.
void draw_samples(const TrainedModel& model, const ModelFacts& facts, const Task& task, const TaskLook& look, const Settings& settings, Index count,
                  const std::filesystem::path& path);

}  // namespace adatape::examples
