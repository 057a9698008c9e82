#pragma once
/// A picture of test scenes with the cells that were read.
#include <filesystem>

#include "../common/compiled_model.hpp"
#include "scene_task.hpp"

namespace adatape::examples {

/// Writes a PNG of `count` of the first 400 test scenes, in order of tape length, each length with an equal share. Throws Error as image::write_png does.
void draw_scenes(const TrainedModel& model, const ModelFacts& facts, const Task& task, const Settings& settings, Index count, const std::filesystem::path& path);

}  // namespace adatape::examples
