/// Whole models: forward and training step, with images/s, GFLOP/s (twice the multiply-accumulates counted from live tokens; a training step
/// counts three forwards), and arena_MiB, the most that the trainer's arena or the caller's workspace held (what each core keeps for its part of a
/// batch in inference is not in it).
#include <benchmark/benchmark.h>

#include "adatape/adatape.hpp"
#include "fashion_vit.hpp"
#include "random_input.hpp"

namespace {

using namespace adatape;

using bench::FashionVit;
/// FashionVit with tape, from a bank of 2 x 2 patches.
struct FashionAdaTape : FashionVit {
  static constexpr std::array<int, 1> add_tape_token_to_layers{1};
  static constexpr int patch_bank_size = 2;
};

using VitTi = model::Vit<model::Size::Ti, 16>;
using VitS = model::Vit<model::Size::S, 16>;
using AdaTapeTi = model::AdaTape<model::Size::Ti, 16>;
using AdaTapeS = model::AdaTape<model::Size::S, 16>;
using AdaTapeSLearned = model::AdaTape<model::Size::S, 16, tape::BankType::learn>;

/// Adds the counters that every benchmark here reports.
void report(benchmark::State& state, Index batch, double macs, double passes_per_macs, double tape_tokens, std::size_t peak_bytes) {
  using benchmark::Counter;
  const auto images = static_cast<double>(batch);
  state.counters["images/s"] = Counter(images, Counter::kIsIterationInvariantRate);
  state.counters["GFLOP/s"] = Counter(2e-9 * macs * passes_per_macs, Counter::kIsIterationInvariantRate);
  state.counters["tape"] = tape_tokens / images;
  state.counters["arena_MiB"] = static_cast<double>(peak_bytes) / (1 << 20);
}

template <class Output>
std::pair<double, double> totals(const Output& output) {
  double macs = 0, tape = 0;
  for (Index b = 0; b < output.samples; ++b) {
    macs += output.macs(b);
    tape += static_cast<double>(output.tape_length(b));
  }
  return {macs, tape};
}

template <class Model>
void forward(benchmark::State& state) {
  const Index batch = state.range(0);
  Parameters<Model, float> parameters;
  initialise(parameters, 1);
  const model::Engine<Model> engine(parameters);
  const auto input = bench::normal_values(batch * Model::input_size);
  Arena arena;
  std::pair<double, double> work;
  for (auto _ : state) {
    const auto output = engine.run(input.data(), batch, arena);
    work = totals(output);
    benchmark::DoNotOptimize(output.logits);
  }
  report(state, batch, work.first, 1, work.second, arena.peak());
}

template <class Model>
void training_step(benchmark::State& state) {
  const Index batch = state.range(0);
  train::TrainingOptions options;
  options.objective = train::objective_of<typename Model::Config>();
  train::Trainer<Model> trainer(options);
  const auto input = bench::normal_values(batch * Model::input_size);
  std::vector<std::int64_t> labels(static_cast<std::size_t>(batch));
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<std::int64_t>(i % Model::classes);
  for (auto _ : state) benchmark::DoNotOptimize(trainer.step({input, labels}).loss);
  Arena arena;
  const auto work = totals(model::Engine<Model>(trainer.parameters()).run(input.data(), batch, arena));
  report(state, batch, work.first, 3, work.second, trainer.peak_arena_bytes());
}

#define ADATAPE_BENCH(Model, forward_batches, training_batches)                                               \
  BENCHMARK(forward<Model>)->forward_batches->UseRealTime()->Unit(benchmark::kMillisecond)->MinTime(1.5);     \
  BENCHMARK(training_step<Model>)->training_batches->UseRealTime()->Unit(benchmark::kMillisecond)->MinTime(3)

ADATAPE_BENCH(VitTi, Arg(1)->Arg(8), Arg(8));
ADATAPE_BENCH(AdaTapeTi, Arg(1)->Arg(8), Arg(8));
ADATAPE_BENCH(VitS, Arg(1)->Arg(8), Arg(8));
ADATAPE_BENCH(AdaTapeS, Arg(1)->Arg(8), Arg(8));
ADATAPE_BENCH(AdaTapeSLearned, Arg(1)->Arg(8), Arg(8));
ADATAPE_BENCH(model::Classifier<FashionVit>, Arg(128), Arg(128));
ADATAPE_BENCH(model::Classifier<FashionAdaTape>, Arg(128), Arg(128));

}  // namespace

BENCHMARK_MAIN();
