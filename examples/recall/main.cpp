/// adatape-recall: trains AdaTape or a baseline on questions to a memory of which only a few rows matter.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "../command_line.hpp"
#include "../common/group_main.hpp"
#include "../tasks/program.hpp"
#include "picture_keys.hpp"
#include "recall_task.hpp"

namespace {

using namespace adatape::examples;
using adatape::Index;

struct RecallRecipe : NamedModelRecipe {
  RecallOptions recall;
  std::string keys = "bits", question = "most";

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
    const char* const questions = "the class that most rows with the asked key name, the largest one, or the one that ends the chain from that key";
    return settings_with({{"question", questions, &question, 0, 0, {"most", "largest", "chain"}},
                          {"keys", "what the keys of the memory are", &keys, 0, 0, {"bits", "pictures"}},
                          {"rows", "rows of the memory, of which the model sees a random part; 0: as many as the model sees", &recall.rows, 0, 1e6},
                          {"matches", "most rows that have the asked key", &recall.most_matches, 1, RecallTask::kMostMatches},
                          {"hops", "most rows of a chain", &recall.most_hops, 1, RecallTask::kMostHops},
                          {"noise", "deviation of the noise in which a question is asked: of a bit, or of a pixel from 0 to 1", &recall.noise, 0, 1e3}});
  }
};

int run(int argc, char** argv, ProcessGroup& group) {
  CLI::App app("Trains on questions to a memory: which class do those rows name that have the asked key, or to which it leads?");
  RecallRecipe recipe;
  std::string data = "/usr/share/datasets/fashion-mnist";
  TaskProgram program(app, recipe.settings());
  app.add_option("--data", data, "folder of Fashion-MNIST, for --keys pictures")->capture_default_str();
  ADATAPE_PARSE(app, argc, argv);
  std::unique_ptr<RecallKeys> keys;
  std::optional<RecallTask> task;
  return program.run(group, [&] {
    const auto& compiled = recipe.compiled();
    TaskPictures pictures;
    if (recipe.keys == "bits") {
      keys = std::make_unique<BitKeys>();
    } else {
      auto of_pictures = std::make_unique<PictureKeys>(data);
      pictures = {data, of_pictures->checksum()};
      keys = std::move(of_pictures);
    }
    RecallOptions options = recipe.recall;
    options.visible = compiled.facts.input_size / RecallTask::kRow - RecallTask::kQuestions;
    if (options.rows == 0) options.rows = options.visible;
    options.question = recipe.question == "most" ? RecallQuestion::most : recipe.question == "largest" ? RecallQuestion::largest : RecallQuestion::chain;
    options.seed = recipe.seed;
    const bool chain = options.question == RecallQuestion::chain;
    const Index asked = chain ? options.most_hops : Index{RecallTask::kMostMatches};
    if (options.rows < std::max(options.visible, asked))
      throw UsageError(fmt::format("--rows: wanted at least the {} rows that {} sees and the {} that may be asked for, found {}", options.visible, recipe.model,
                                   asked, options.rows));
    const auto least_keys = std::min(keys->count(false), keys->count(true));
    if (chain && options.rows > Index{least_keys})
      throw UsageError(fmt::format("--rows: wanted at most the {} different keys, one for each row of chains, found {}", least_keys, options.rows));
    task.emplace(*keys, options);
    return TaskJob{compiled, *task, recipe, recipe.model, settings_text(recipe.settings()), adatape::ops::LossKind::softmax, pictures};
  });
}

}  // namespace

int main(int argc, char** argv) {
  return group_main([&](ProcessGroup& group) { return run(argc, argv, group); });
}
