/// adatape-parity: trains AdaTape, a plain Transformer, a Universal Transformer with ACT or PonderNet on the parity task.
#include "../command_line.hpp"
#include "../common/group_main.hpp"
#include "../tasks/program.hpp"
#include "adatape/data/parity.hpp"
#include "recipe.hpp"

namespace {

using namespace adatape::examples;

class ParityTask : public Task {
 public:
  explicit ParityTask(const ParityRecipe& recipe) : recipe_(recipe) {}

  TaskSample training_sample(std::uint64_t step, std::uint64_t number, std::span<float> input) const override {
    return sample(0, step, number, input, recipe_.random_symbols(step));
  }
  TaskSample test_sample(std::uint64_t number, std::span<float> input) const override {
    return sample(1, number / 640 * 640, number % 640, input, recipe_.length);  // the sets of earlier versions were drawn 640 at a time
  }

 private:
  TaskSample sample(std::uint32_t set, std::uint64_t step, std::uint64_t number, std::span<float> input, adatape::Index random) const {
    const adatape::data::ParityTask task{.length = recipe_.length, .seed = recipe_.seed, .set = set, .random = random};
    return {.label = task.sample<float>(step, number, input)};
  }

  const ParityRecipe& recipe_;
};

int run(int argc, char** argv, ProcessGroup& group) {
  CLI::App app("Trains on the parity task: is the number of ones in a sequence of -1, 0 and 1 odd?");
  ParityRecipe recipe;
  const ParityTask task(recipe);
  TaskProgram program(app, recipe.settings());
  ADATAPE_PARSE(app, argc, argv);
  return program.run(group, [&] {
    const auto what = recipe.model + ": length " + std::to_string(recipe.length);
    return TaskJob{recipe.compiled(), task, recipe, what, settings_text(recipe.settings()), adatape::ops::LossKind::sigmoid};
  });
}

}  // namespace

int main(int argc, char** argv) {
  return group_main([&](ProcessGroup& group) { return run(argc, argv, group); });
}
