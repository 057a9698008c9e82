/// Training steps: forward, loss, backward, clipping, AdamW; with and without Settings::recompute. A step counts as three forward passes, also where
/// blocks are computed again. workspace_MiB is the most that the trainer's arena held (activations and scratch; the small scratch of each thread is not
/// in it), state_MiB parameters, gradients and two moments.
#include "adatape/adatape.hpp"
#include "models.hpp"
#include "parity_size.hpp"
#include "random_input.hpp"
#include "work.hpp"

namespace {

using namespace adatape;
using namespace bench::models;

using AdaTapeB8 = model::AdaTape<model::Size::B, 8>;
using P2x1 = model::Classifier<bench::ParitySize<2, 1>>;
using P2x16 = model::Classifier<bench::ParitySize<2, 16>>;
using P4x8 = model::Classifier<bench::ParitySize<4, 8>>;
using P4x16 = model::Classifier<bench::ParitySize<4, 16>>;

/// The first step moves the weights away from the head's zeros, which would make most gradients zero; from then on the rate is 0 and every step
/// computes the same.
train::TrainingOptions options_of(bool recompute) {
  return {.schedule = {train::Decay::linear, 1e-3, 0, 1},
          .optimizer = {.weight_decay = 0.05},
          .clip_norm = 1,
          .settings = {.recompute = recompute}};
}

/// Arguments: batch, recompute?
template <class Model>
void training_step(benchmark::State& state) {
  const Index batch = state.range(0);
  train::Trainer<Model> trainer(options_of(state.range(1) != 0));
  const auto input = bench::normal_values(batch * Model::input_size);
  std::vector<std::int64_t> labels(static_cast<std::size_t>(batch));
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<std::int64_t>(i % Model::classes);
  const auto step = [&] { return trainer.step({input, labels}); };
  for (int i = 0; i < 2; ++i) step();  // the arena grows in the first and becomes one block in the second

  for (auto _ : state) benchmark::DoNotOptimize(step().loss);
  Arena arena;
  const auto work = bench::work_of(model::Engine<Model>(trainer.parameters()).run(input, arena), true);
  bench::report(state, work, 3, trainer.peak_arena_bytes());
  state.counters["state_MiB"] = bench::mebibytes(4 * trainer.parameters().flat().size_bytes());
}

#define ADATAPE_BENCH(Model) BENCHMARK(training_step<Model>)->ArgNames({"batch", "recompute"})->UseRealTime()->Unit(benchmark::kMillisecond)

ADATAPE_BENCH(VitTi)->ArgsProduct({{8}, {0, 1}})->MinTime(2);
ADATAPE_BENCH(AdaTapeTi)->ArgsProduct({{8}, {0, 1}})->MinTime(2);
ADATAPE_BENCH(VitS)->ArgsProduct({{8}, {0, 1}})->MinTime(3);
ADATAPE_BENCH(AdaTapeS)->ArgsProduct({{8}, {0, 1}})->MinTime(3);
ADATAPE_BENCH(AdaTapeSLearned)->ArgsProduct({{8}, {0, 1}})->MinTime(3);
ADATAPE_BENCH(FashionVit)->ArgsProduct({{128}, {0, 1}})->MinTime(2);
ADATAPE_BENCH(FashionAdaTape)->ArgsProduct({{128}, {0, 1}})->MinTime(2);
ADATAPE_BENCH(P2x1)->ArgsProduct({{128}, {0, 1}})->MinTime(1);
ADATAPE_BENCH(P2x16)->ArgsProduct({{128}, {0, 1}})->MinTime(1);
ADATAPE_BENCH(P4x8)->ArgsProduct({{128}, {0, 1}})->MinTime(1);
ADATAPE_BENCH(P4x16)->ArgsProduct({{128}, {0, 1}})->MinTime(1);
/// 784 own tokens and the tape at 224 x 224. The paper reports that ViT-B/8 ran out of memory with data parallelism on 512 TPUv3 cores.
ADATAPE_BENCH(AdaTapeB8)->ArgsProduct({{1, 4}, {1}})->Iterations(1);

}  // namespace

BENCHMARK_MAIN();
