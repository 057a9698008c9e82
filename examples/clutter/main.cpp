/// adatape-clutter: trains AdaTape or a baseline to find the one whole picture of a cluttered canvas, and to name it.
#include <memory>

#include "../command_line.hpp"
#include "../common/group_main.hpp"
#include "../tasks/picture_job.hpp"
#include "../tasks/program.hpp"
#include "clutter_task.hpp"

namespace {

using namespace adatape::examples;

struct ClutterRecipe : NamedModelRecipe {
  ClutterOptions clutter;

  /// As for scenes the ponder loss waits, and noise lets the reader find the picture. Large canvases learn slowly with so many fragments: AdaTape of 224 pixels
  /// and width 64 was at 25 % after 2500 steps of 32 canvases of Fashion-MNIST. With --fragments 0.25 --tau 4 it was at 41 % (seed 0, no ponder loss).
  ClutterRecipe() {
    steps = 8000;
    warmup = 200;
    batch_size = 64;
    lr = 2e-3;
    clip_norm = 1;
    ponder_delay = 4000;
    ponder_ramp = 2000;
    query_noise = 0.5;
  }

  std::vector<Setting> settings() { return settings_with({{"fragments", "most fragments for each 28 x 28 pixels of the canvas", &clutter.fragments, 0, 100}}); }
};

int run(int argc, char** argv, ProcessGroup& group) {
  CLI::App app("Trains on cluttered canvases: of which class is the one picture that is whole?");
  ClutterRecipe recipe;
  std::string data = "/usr/share/datasets/fashion-mnist";
  std::string picture;
  TaskProgram program(app, recipe.settings());
  app.add_option("--data", data, "folder of Fashion-MNIST, MNIST or another IDX set of 28 x 28 pixels and ten classes")->capture_default_str();
  app.add_option("--picture", picture, "at the end draw test canvases to this PNG file, with the patches that were read; none: no picture");
  ADATAPE_PARSE(app, argc, argv);
  std::unique_ptr<ClutterTask> task;
  return program.run(group, [&] {
    const auto& compiled = recipe.compiled();
    recipe.clutter.pixels = compiled.facts.width;
    recipe.clutter.seed = recipe.seed;
    task = std::make_unique<ClutterTask>(data, recipe.clutter);
    return picture_job(compiled, *task, recipe, data, picture, {"the whole picture is of class", {}, ClutterTask::kDark, ClutterTask::kBright});
  });
}

}  // namespace

int main(int argc, char** argv) {
  return group_main([&](ProcessGroup& group) { return run(argc, argv, group); });
}
