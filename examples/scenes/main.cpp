/// adatape-scenes: trains AdaTape or a baseline on scenes of which only a few cells matter.
#include <fmt/format.h>

#include <memory>

#include "../command_line.hpp"
#include "../common/group_main.hpp"
#include "../tasks/picture_job.hpp"
#include "../tasks/program.hpp"
#include "scene_task.hpp"

namespace {

using namespace adatape::examples;

struct SceneRecipe : NamedModelRecipe {
  SceneOptions scenes;

  /// The ponder loss waits until the task is learnt: with it from the first step on, all samples end with the fewest tokens. Noise lets the reader find the
  /// marks.
  SceneRecipe() {
    steps = 4000;
    warmup = 200;
    batch_size = 64;
    lr = 2e-3;
    clip_norm = 1;
    ponder_delay = 2000;
    ponder_ramp = 1000;
    query_noise = 0.5;
  }

  std::vector<Setting> settings() { return settings_with({{"marks", "most marked pictures of a scene", &scenes.most_marks, 1, 60}}); }
};

int run(int argc, char** argv, ProcessGroup& group) {
  CLI::App app("Trains on scenes: to which of four groups do most of the marked pictures belong?");
  SceneRecipe recipe;
  std::string data = "/usr/share/datasets/fashion-mnist";
  std::string picture;
  TaskProgram program(app, recipe.settings());
  app.add_option("--data", data, "folder of Fashion-MNIST")->capture_default_str();
  app.add_option("--picture", picture, "at the end draw test scenes to this PNG file, with the cells that were read; none: no picture");
  ADATAPE_PARSE(app, argc, argv);
  std::unique_ptr<SceneTask> task;
  return program.run(group, [&] {
    const auto& compiled = recipe.compiled();
    recipe.scenes.cells = compiled.facts.width / SceneTask::kCell;
    if (const auto cells = recipe.scenes.cells * recipe.scenes.cells; recipe.scenes.most_marks > cells)
      throw UsageError(fmt::format("--marks: wanted at most the {} cells that {} sees, found {}", cells, recipe.model, recipe.scenes.most_marks));
    recipe.scenes.seed = recipe.seed;
    task = std::make_unique<SceneTask>(data, recipe.scenes);
    const TaskLook look{"most marked cells are", {"tops", "trousers", "shoes", "bags"}, SceneTask::kDark, SceneTask::kBright};
    return picture_job(compiled, *task, recipe, data, picture, look);
  });
}

}  // namespace

int main(int argc, char** argv) {
  return group_main([&](ProcessGroup& group) { return run(argc, argv, group); });
}
