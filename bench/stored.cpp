/// Weights stored as bf16 beside weights stored as float: products at the shapes of ViT, and forward passes. Both run in every round, in an order that
/// changes from round to round. Times are CPU time, so that other programs on the cores matter little. Counters, medians over the rounds: us_fp32, us_bf16,
/// and over, the time of fp32 divided by that of bf16 in the same round. Run with OMP_NUM_THREADS=1.
#include <benchmark/benchmark.h>

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

/// One iteration of the benchmark is one round.
template <class Fp32, class Bf16>
void compare(benchmark::State& state, const Fp32& fp32, const Bf16& bf16) {
  fp32();
  bf16();  // warm
  const double once = std::max(1e-7, bench::cpu_seconds_of(fp32));
  const int repeats = std::max(1, static_cast<int>(kSecondsOfRound / once));
  const auto seconds = [&](const auto& run) {
    return bench::cpu_seconds_of([&] {
             for (int i = 0; i < repeats; ++i) run();
           }) /
           repeats;
  };
  std::vector<double> of_fp32, of_bf16, over;
  for (auto _ : state) {
    const bool in_order = over.size() % 2 == 0;
    if (in_order) of_fp32.push_back(seconds(fp32));
    of_bf16.push_back(seconds(bf16));
    if (!in_order) of_fp32.push_back(seconds(fp32));
    over.push_back(of_fp32.back() / of_bf16.back());
  }
  state.counters["us_fp32"] = 1e6 * bench::median(of_fp32);
  state.counters["us_bf16"] = 1e6 * bench::median(of_bf16);
  state.counters["over"] = bench::median(over);
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
  const auto run = [&](const auto& packed) {
    ops::gemm<float>(rows, packed, c);
    benchmark::ClobberMemory();
  };
  compare(
      state, [&] { run(fp32); }, [&] { run(bf16); });
}

/// Argument: batch.
template <class Model>
void forward(benchmark::State& state) {
  Parameters<Model, float> parameters;
  initialise(parameters, 1);
  const model::Engine<Model> fp32(parameters);
  const model::Engine<Model, Bf16, float> bf16(parameters);
  const auto input = bench::normal_values(state.range(0) * Model::input_size);
  Arena arena;
  const auto run = [&](const auto& engine) { benchmark::DoNotOptimize(engine.run(input, arena).logits); };
  compare(
      state, [&] { run(fp32); }, [&] { run(bf16); });
}

void shapes(benchmark::internal::Benchmark* b) {
  for (const auto& shape : bench::kShapes) b->Args({shape.m, shape.k, shape.n});
}

constexpr int kRounds = 5;
BENCHMARK(product)->ArgNames({"m", "k", "n"})->Apply(shapes)->Iterations(kRounds);
BENCHMARK(forward<bench::models::VitS>)->ArgName("batch")->Arg(1)->Arg(8)->Iterations(kRounds);
BENCHMARK(forward<bench::models::AdaTapeS>)->ArgName("batch")->Arg(1)->Arg(8)->Iterations(kRounds);

}  // namespace

BENCHMARK_MAIN();
