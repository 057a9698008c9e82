/// What adaptive reading costs: the reader alone, over bank size, T, tau, batch, kind of bank, early and late halting.
///
/// As in inference: a learned bank is normalised once, outside the time; an input bank, which is new for every image, inside it.
/// Counters: us/step, one step of one sample, which reads one tape token; tape, mean tape length; us/sample, the whole read of a sample;
/// share, part of a plain ViT-S/16 forward pass of the same batch, measured in the same process.
#include <benchmark/benchmark.h>

#include <chrono>
#include <map>
#include <vector>

#include "adatape/core/initialise.hpp"
#include "adatape/model/engine.hpp"
#include "adatape/model/sizes.hpp"
#include "random_input.hpp"
#include "rounds.hpp"

namespace {

using namespace adatape;

template <int tape_tokens>
struct ReaderOptions : model::AdaTapeConfig<model::Size::S, 16> {
  static constexpr int num_tape_tokens = tape_tokens;
  static constexpr double threshold = 1;
};

/// Seconds of a ViT-S/16 forward pass: the median of five after a warm-up.
double model_seconds(Index batch) {
  using Model = model::Vit<model::Size::S, 16>;
  static std::map<Index, double> known;
  if (known.contains(batch)) return known[batch];
  Parameters<Model, float> parameters;
  initialise(parameters, 1);
  const auto input = bench::normal_values(batch * Model::input_size);
  const model::Engine<Model> engine(parameters);
  Arena arena;
  const auto forward = [&] { benchmark::DoNotOptimize(engine.run(input, arena).logits); };
  forward();
  std::vector<double> seconds(5);
  for (double& s : seconds) s = bench::seconds_of(forward);
  return known[batch] = bench::median(seconds);
}

/// Arguments: bank size, batch, tau, learned bank?, early halting?
template <int tape_tokens>
void read_tape(benchmark::State& state) {
  using Reader = tape::Reader<ReaderOptions<tape_tokens>>;
  constexpr int D = Reader::D, own = 196;
  const Index bank_size = state.range(0), batch = state.range(1);
  const bool learned = state.range(3), early = state.range(4);
  const auto candidates = bench::normal_values((learned ? 1 : batch) * bank_size * D, 1);
  auto tokens = bench::normal_values(batch * own * D, 2);
  // A large scale makes the softmax weights of a step nearly one and zeros, so that reading halts after ceil(tau) steps.
  const std::vector<float> scale(D, early ? 6.0f : 0.3f), bias(D, 0.0f);

  Arena arena, prepared;
  const Context context{.arena = arena, .settings = {.tau = static_cast<double>(state.range(2))}};
  const auto normalise = [&](Arena& where) {
    return Reader::template normalise<float>({candidates.data(), bank_size, learned}, batch, scale.data(), bias.data(), where);
  };
  const auto learned_bank = normalise(prepared);
  Index steps = 0;
  double seconds = 0;
  for (auto _ : state) {
    arena.reset();
    const auto start = std::chrono::steady_clock::now();
    const Tokens<float, D> x{tokens.data(), uniform_packing(batch, own, arena)};
    typename Reader::template Saved<float> saved;
    benchmark::DoNotOptimize(Reader::forward(learned ? learned_bank : normalise(arena), x, saved, context));
    seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    for (Index n : saved.trace.length) steps += n;
  }
  const double passes = static_cast<double>(state.iterations());
  state.counters["us/step"] = 1e6 * seconds / static_cast<double>(steps);
  state.counters["us/sample"] = 1e6 * seconds / passes / static_cast<double>(batch);
  state.counters["tape"] = static_cast<double>(steps) / passes / static_cast<double>(batch);
  state.counters["share"] = seconds / passes / model_seconds(batch);
}

void over_banks(benchmark::internal::Benchmark* b) {
  b->ArgNames({"bank", "batch", "tau", "learned", "early"})->UseRealTime()->Unit(benchmark::kMicrosecond);
  for (int learned : {0, 1})
    for (int early : {0, 1}) {
      for (int bank : {64, 196, 784, 4096, 10000, 16384})
        if (learned || bank <= 4096) b->Args({bank, 8, 2, learned, early});
      for (int batch : {1, 32}) b->Args({784, batch, 2, learned, early});
      for (int tau : {1, 4}) b->Args({784, 8, tau, learned, early});
    }
}

BENCHMARK(read_tape<10>)->Apply(over_banks);
BENCHMARK(read_tape<4>)->ArgNames({"bank", "batch", "tau", "learned", "early"})->Args({784, 8, 2, 0, 0})->Args({784, 8, 2, 1, 0})->UseRealTime();
BENCHMARK(read_tape<32>)->ArgNames({"bank", "batch", "tau", "learned", "early"})->Args({784, 8, 2, 0, 0})->Args({784, 8, 2, 1, 0})->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
