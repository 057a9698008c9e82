/// training STEPS [TO [FROM [LIMIT]]]: a run of several processes (adatape/mpi/exchange.hpp) up to that step. It continues the run saved in the folder FROM, and is
/// saved in the folder TO. It ends where nothing moves for LIMIT seconds. Each process prints a hash of the state that it ends with. After its first step it says so.
#include "adatape/io/training.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "../../examples/verify/configurations.hpp"
#include "adatape/model/parity.hpp"
#include "adatape/mpi/exchange.hpp"
#include "adatape/train/trainer.hpp"
#include "random_values.hpp"

namespace {

using namespace adatape;

class Hash {
 public:
  template <class T>
  void add(std::span<const T> values) {
    for (const std::byte byte : std::as_bytes(values)) hash_ = (hash_ ^ static_cast<std::uint64_t>(byte)) * 1099511628211u;  // FNV-1a
  }
  void add(double value) { add(std::span<const double>(&value, 1)); }
  std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_ = 14695981039346656037u;
};

struct Run {
  Index steps = 3;
  std::filesystem::path to, from;  ///< empty: the run is not saved, and begins anew
  std::chrono::seconds limit{0};   ///< of ExchangeOptions
};

/// Steps of two batches each, with everything that draws numbers or keeps a state. Targets are rows of probabilities, as Mixup makes them.
template <class Model>
void train_together(const mpi::Session& session, const char* name, const Run& run) {
  constexpr Index samples = 37;
  train::TrainingOptions options{.objective = {.loss = ops::LossKind::sigmoid, .label_smoothing = 0.1},
                                 .schedule = {.base = 1e-3},
                                 .optimizer = {.weight_decay = 0.01},
                                 .rules = train::decay_kernels_only,
                                 .average = {.decay = 0.9},
                                 .clip_norm = 0.5,
                                 .settings = {.dropout = 0.1, .stochastic_depth = 0.1, .query_noise = 0.1, .bernoulli_p = 0.1},
                                 .leaves = 16,
                                 .seed = 3};
  train::Trainer<Model, float, train::CrossEntropy, train::AdamW, mpi::Exchange> trainer(options, mpi::Exchange(session, {.limit = run.limit}));
  const auto input = testing::random_values<float>(2 * samples * Model::input_size, 7);
  auto targets = testing::random_values<float>(2 * samples * Model::classes, 8);
  for (float& target : targets) target = 1 / (1 + target * target);
  if (!run.from.empty()) io::load_training(run.from / name, trainer);
  const Index first_step = trainer.step_number();
  Hash hash;
  for (Index step = first_step; step < run.steps; ++step) {
    trainer.zero_gradients();
    for (Index batch = 0; batch < 2; ++batch) {
      const auto mine = trainer.positions(samples);
      const auto first = static_cast<std::size_t>(batch * samples + mine.first), count = static_cast<std::size_t>(mine.size());
      constexpr auto size = static_cast<std::size_t>(Model::input_size), classes = static_cast<std::size_t>(Model::classes);
      typename decltype(trainer)::Batch part{std::span(input).subspan(first * size, count * size),
                                             std::span<const float>(targets).subspan(first * classes, count * classes)};
      part.first = mine.first;
      part.whole = samples;
      trainer.accumulate(part);
    }
    const auto report = trainer.apply();
    if (step + 1 == run.steps) hash.add(report.loss), hash.add(report.gradient_norm);
    if (step == first_step) std::fprintf(stderr, "process %td of %td has made a step\n", session.process(), session.processes());
  }
  const auto optimizer = trainer.whole_optimizer();
  if (session.process() == 0 && !run.to.empty()) io::save_training(run.to / name, trainer, optimizer, {});
  hash.add(std::span<const float>(optimizer.first.flat()));
  hash.add(std::span<const float>(optimizer.second.flat()));
  hash.add(std::span<const float>(trainer.parameters().flat()));
  hash.add(std::span<const float>(trainer.average()->flat()));
  std::printf("%s %016lx\n", name, hash.value());
}

}  // namespace

int main(int argc, char** argv) {
  Run run;
  if (argc > 1) run.steps = std::atol(argv[1]);
  if (argc > 2) run.to = argv[2];
  if (argc > 3) run.from = argv[3];
  if (argc > 4) run.limit = std::chrono::seconds(std::atol(argv[4]));
  return mpi::run([&](const mpi::Session& session) {
    set_threads(1);
    train_together<model::Classifier<verify::LearnTokenTwoFfn>>(session, "learned-bank", run);
    train_together<model::ParityAdaTape<16>>(session, "input-bank", run);
    return 0;
  });
}
