/// Which loss suits a task: softmax or sigmoid cross-entropy, with the bias of the head at 0 or, for sigmoid, at the logit of probability 1 / classes. Trains a
/// small model on three tasks for a fixed number of steps, and prints how many percent of the test samples it answers rightly, for seeds 0, 1 and 2.
/// bench/evidence/losses.py keeps what it prints.
///
///     bench_losses [folder of Fashion-MNIST]        without a folder the two other tasks alone
#include <cstdio>

#include "../examples/compose/parity_batch.hpp"
#include "../examples/compose/questions.hpp"
#include "adatape/data/idx.hpp"

using namespace adatape;

namespace {

struct Retrieval : model::ModelDefaults {
  static constexpr model::Input input = model::Input::tokens;
  static constexpr tape::BankType bank_type = tape::BankType::given;
  static constexpr int token_width = kKey, bank_width = kKey + kClasses, hidden_size = 32, num_heads = 2, mlp_dim = 64, num_layers = 3, num_classes = kClasses;
  static constexpr int split_tt = 2, tt_mlp_dim = 0, num_tape_tokens = 6;
};
struct Fashion : model::ModelDefaults {
  static constexpr std::array<int, 3> image{28, 28, 1};
  static constexpr int patch_size = 7, patch_bank_size = 4, hidden_size = 48, num_heads = 3, split_tt = 3, mlp_dim = 96, tt_mlp_dim = 48, num_layers = 3;
  static constexpr int num_classes = 10, num_tape_tokens = 6;
};

/// A batch: draw(number, test) fills input and labels. Test batches are not for training.
struct ParityTask {
  using Config = ParityConfig;
  static constexpr Index steps = 800, tests = 8;
  ParityBatch batch{128};
  std::vector<std::int64_t>& labels = batch.labels;
  void draw(Index number, bool test) { batch.draw(number + (test ? 1'000'000 : 0)); }
  DenseSamples<float, 36> input() const { return batch.input; }
};
struct RetrievalTask : Questions {
  using Config = Retrieval;
  static constexpr Index steps = 400, tests = 8;
  void draw(Index number, bool test) { Questions::draw(static_cast<std::uint64_t>(number + (test ? 1'000'000 : 0)), 128); }
};
class FashionTask {
 public:
  using Config = Fashion;
  static constexpr Index steps = 900, tests = 78;
  std::vector<std::int64_t> labels = std::vector<std::int64_t>(128);

  FashionTask(const data::ImageDataset& training, const data::ImageDataset& test) : training_(training), test_(test) {}
  void draw(Index number, bool test) {
    const data::ImageDataset& images = test ? test_ : training_;
    for (Index b = 0; b < 128; ++b) {
      const Index image = test ? number * 128 + b : static_cast<Index>(Stream(7, Purpose::data).below(static_cast<std::uint64_t>(number * 128 + b), 60000));
      std::ranges::transform(images.image(image), values_.begin() + b * 784, [](std::uint8_t pixel) { return (static_cast<float>(pixel) / 255 - 0.286f) / 0.353f; });
      labels[static_cast<std::size_t>(b)] = images.labels[static_cast<std::size_t>(image)];
    }
  }
  DenseSamples<float, 784> input() const { return values_; }

 private:
  const data::ImageDataset &training_, &test_;
  std::vector<float> values_ = std::vector<float>(128 * 784);
};

/// Test samples answered rightly, in percent.
template <class Task>
double accuracy(Task& task, ops::LossKind loss, double head_bias, double rate, std::uint64_t seed) {
  using Model = model::Classifier<typename Task::Config>;
  train::Trainer<Model> trainer({.objective = {.loss = loss}, .schedule = {train::Decay::cosine, rate, 100, Task::steps}, .seed = seed});
  for (const auto& entry : trainer.parameters().layout())
    if (entry.name() == "output_projection/bias") std::ranges::fill(trainer.parameters().values(entry), static_cast<float>(head_bias));
  for (Index step = 0; step < Task::steps; ++step) {
    task.draw(step + static_cast<Index>(seed) * Task::steps, false);
    trainer.step({task.input(), task.labels});
  }
  const model::Engine<Model> engine(trainer.parameters());
  Arena workspace;
  double right = 0;
  for (Index batch = 0; batch < Task::tests; ++batch) {
    task.draw(batch, true);
    const auto output = engine.run(task.input(), workspace);
    for (Index b = 0; b < output.samples; ++b) {
      const float* const logits = output.logits + b * Model::classes;
      right += std::max_element(logits, logits + Model::classes) - logits == task.labels[static_cast<std::size_t>(b)];
    }
  }
  return 100 * right / static_cast<double>(Task::tests * 128);
}

template <class Task>
void compare(const char* name, Task& task) {
  const double prior = train::CrossEntropy{.loss = ops::LossKind::sigmoid}.initial_logit(Task::Config::num_classes);
  for (const double rate : {1e-3, 3e-3}) {
    std::printf("%s, %d classes, rate %g, %td steps of 128:", name, Task::Config::num_classes, rate, Task::steps);
    for (const auto& [loss, bias, what] : {std::tuple{ops::LossKind::softmax, 0.0, "softmax"}, std::tuple{ops::LossKind::sigmoid, 0.0, "sigmoid"},
                                           std::tuple{ops::LossKind::sigmoid, prior, "sigmoid with that bias"}}) {
      std::printf("  %s", what);
      for (std::uint64_t seed = 0; seed < 3; ++seed) std::printf(" %.2f", accuracy(task, loss, bias, rate, seed));
      std::fflush(stdout);
    }
    std::printf("\n");
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    data::ImageDataset training, test;
    if (argc > 1) {  // first, so that a wrong folder is known at once
      training = data::load_idx_dataset(argv[1], data::Split::train);
      test = data::load_idx_dataset(argv[1], data::Split::test);
    }
    std::printf("bench_losses %s\n", ADATAPE_VERSION);
    ParityTask parity;
    compare("parity of 12 symbols", parity);
    RetrievalTask retrieval;
    compare("retrieval from a memory", retrieval);
    if (argc < 2) return 0;
    FashionTask fashion(training, test);
    compare("Fashion-MNIST", fashion);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_losses: %s\n", error.what());
    return 1;
  }
}
