/// adatape-recall: trains AdaTape or a baseline on questions to a memory of which only a few rows matter.
#include "../command_line.hpp"
#include "../tasks/program.hpp"
#include "recall_task.hpp"

namespace {

using namespace adatape::examples;

struct RecallRecipe : NamedModelRecipe {
  RecallOptions recall;

  /// This rate and this weight let bank_norm grow until a step tells apart rows of unlike keys too. Only then does the length follow the number of matches:
  /// with 2e-3 and 0.1 its rank correlation with them was 0.43 in place of 0.84 (256 rows, 1000 and 2500 steps, one seed each).
  RecallRecipe() {
    steps = 2000;
    warmup = 100;
    batch_size = 64;
    lr = 5e-3;
    clip_norm = 1;
    ponder_weight = 1;
    ponder_delay = 300;
    ponder_ramp = 200;
  }

  std::vector<Setting> settings() {
    return settings_with({{"matches", "most rows that have the asked key", &recall.most_matches, 1, RecallTask::kMostMatches},
                          {"noise", "deviation of the noise of a question", &recall.noise, 0, 1e3}});
  }
};

int run(int argc, char** argv) {
  CLI::App app("Trains on questions to a memory: which class do most of those rows name that have the asked key?");
  RecallRecipe recipe;
  const RecallTask task(recipe.recall);
  bool list_models = false;
  TaskProgram program(app, recipe.settings());
  app.add_flag("--list-models", list_models, "print the compiled-in models and leave");
  ADATAPE_PARSE(app, argc, argv);
  if (list_models) {
    print_models();
    return 0;
  }
  return program.run([&] {
    const auto& compiled = recipe.compiled();
    recipe.recall.rows = compiled.facts.input_size / RecallTask::kRow - RecallTask::kQuestions;
    recipe.recall.seed = recipe.seed;
    return TaskJob{compiled, task, recipe, recipe.model, settings_text(recipe.settings()), adatape::ops::LossKind::softmax};
  });
}

}  // namespace

int main(int argc, char** argv) {
  return adatape::examples::guarded_main([&] { return run(argc, argv); });
}
