/// Weights stored as bf16 and as int8 beside weights stored as float: products at the shapes of ViT, and forward passes. All three run in every round, in an
/// order that changes from round to round. Times are CPU time, so that other programs on the cores matter little. Counters, medians over the rounds: us_fp32,
/// us_bf16, us_int8; and bf16 and int8, the time of fp32 divided by that of the other in the same round. OMP_NUM_THREADS says how many threads run; their times
/// are added up.
#include <benchmark/benchmark.h>

#include <array>

#include "adatape/core/initialise.hpp"
#include "adatape/model/engine.hpp"
#include "models.hpp"
#include "random_input.hpp"
#include "rounds.hpp"
#include "shapes.hpp"

namespace {

using namespace adatape;

/// A round runs each for about this long.
constexpr double kSecondsOfRound = 0.05;
const std::array<std::string, 3> kStored{"fp32", "bf16", "int8"};

/// One iteration of the benchmark is one round. run(stored) does the work once, with weights stored as kStored[stored].
template <class Run>
void compare(benchmark::State& state, const Run& run) {
  for (std::size_t stored = 0; stored < kStored.size(); ++stored) run(stored);  // warm
  const double once = std::max(1e-7, bench::cpu_seconds_of([&] { run(0); }));
  const int repeats = std::max(1, static_cast<int>(kSecondsOfRound / once));
  std::array<std::vector<double>, kStored.size()> seconds, over;
  for (auto _ : state) {
    const std::size_t round = seconds[0].size();
    for (std::size_t i = 0; i < kStored.size(); ++i) {
      const std::size_t stored = (round + i) % kStored.size();
      seconds[stored].push_back(bench::cpu_seconds_of([&] {
                                  for (int repeat = 0; repeat < repeats; ++repeat) run(stored);
                                }) /
                                repeats);
    }
    for (std::size_t stored = 0; stored < kStored.size(); ++stored) over[stored].push_back(seconds[0].back() / seconds[stored].back());
  }
  for (std::size_t stored = 0; stored < kStored.size(); ++stored) {
    state.counters["us_" + kStored[stored]] = 1e6 * bench::median(seconds[stored]);
    if (stored > 0) state.counters[kStored[stored]] = bench::median(over[stored]);
  }
}

/// Arguments: m, k, n.
void product(benchmark::State& state) {
  const Index m = state.range(0), k = state.range(1), n = state.range(2);
  const auto a = bench::normal_values(m * k, 1), b = bench::normal_values(k * n, 2);
  const auto rows = ops::row_major(a.data(), m, k), weights = ops::row_major(b.data(), k, n);
  Arena arena;
  const auto c = ops::row_major(arena.take<float>(m * n), m, n);
  const auto fp32 = ops::pack<float>(weights, arena.take<float>(ops::packed_size<float>(k, n)));
  const auto bf16 = ops::pack<float>(weights, arena.take<Bf16>(ops::packed_size<float, Bf16>(k, n)));
  const auto int8 = ops::pack<float>(weights, arena.take<std::int8_t>(ops::packed_size<float, std::int8_t>(k, n)));
  compare(state, [&](std::size_t stored) {
    if (stored == 0) ops::gemm<float>(rows, fp32, c);
    if (stored == 1) ops::gemm<float>(rows, bf16, c);
    if (stored == 2) ops::gemm<float>(rows, int8, c);
    benchmark::ClobberMemory();
  });
  state.counters["int8_GFLOP/s"] = 2e-3 * static_cast<double>(m * k * n) / state.counters["us_int8"];
  state.counters["bf16_GFLOP/s"] = 2e-3 * static_cast<double>(m * k * n) / state.counters["us_bf16"];
}

/// Argument: batch.
template <class Model>
void forward(benchmark::State& state) {
  Parameters<Model, float> parameters;
  initialise(parameters, 1);
  const model::Engine<Model> fp32(parameters);
  const model::Engine<Model, Bf16, float> bf16(parameters);
  const model::Engine<Model, std::int8_t, float> int8(parameters);
  const auto input = bench::normal_values(state.range(0) * Model::input_size);
  Arena arena;
  compare(state, [&](std::size_t stored) {
    if (stored == 0) benchmark::DoNotOptimize(fp32.run(input, arena).logits);
    if (stored == 1) benchmark::DoNotOptimize(bf16.run(input, arena).logits);
    if (stored == 2) benchmark::DoNotOptimize(int8.run(input, arena).logits);
  });
}

void shapes(benchmark::internal::Benchmark* b) {
  for (const auto& shape : bench::kShapes) b->Args({shape.m, shape.k, shape.n});
}

constexpr int kRounds = 5;
BENCHMARK(product)->ArgNames({"m", "k", "n"})->Apply(shapes)->Iterations(kRounds);
BENCHMARK(forward<bench::models::VitS>)->ArgName("batch")->Arg(1)->Arg(8)->Iterations(kRounds);
BENCHMARK(forward<bench::models::AdaTapeTi>)->ArgName("batch")->Arg(1)->Arg(8)->Iterations(kRounds);
BENCHMARK(forward<bench::models::AdaTapeS>)->ArgName("batch")->Arg(1)->Arg(8)->Iterations(kRounds);
BENCHMARK(forward<bench::models::AdaTapeB>)->ArgName("batch")->Arg(1)->Arg(8)->Iterations(kRounds);
BENCHMARK(forward<bench::models::AdaTapeB8>)->ArgName("batch")->Arg(1)->Iterations(kRounds);

}  // namespace

BENCHMARK_MAIN();
