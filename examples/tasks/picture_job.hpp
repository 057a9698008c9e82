#pragma once
/// What tasks train whose samples are made of pictures and are shown as pictures.
#include <string>
#include <utility>

#include "../common/settings.hpp"
#include "run.hpp"
#include "task_picture.hpp"

namespace adatape::examples {

/// The job of a named model (recipe.model) on a task made of the pictures in `data`. Behind the last test 8 samples are drawn to `picture`, unless that is
/// empty. The task has checksum(), that of its pictures. Model, task and recipe must outlive the run.
template <class PictureTask, class Recipe>
TaskJob picture_job(const CompiledTrainer& compiled, const PictureTask& task, Recipe& recipe, const std::string& data, const std::string& picture,
                    TaskLook look) {
  const auto draw = [&compiled, &task, &recipe, picture, look = std::move(look)](const TrainedModel& model) {
    draw_samples(model, compiled.facts, task, look, recipe.test_settings(), 8, picture);
  };
  return {compiled,
          task,
          recipe,
          recipe.model,
          settings_text(recipe.settings()),
          ops::LossKind::softmax,
          TaskPictures{data, task.checksum()},
          picture,
          draw};
}

}  // namespace adatape::examples
