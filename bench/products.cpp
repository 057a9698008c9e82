/// Training with products of bf16 beside training with products of fp32: the three products of a dense layer, and whole steps. Both run in every round, in an
/// order that changes from round to round. Times are CPU time, so that other programs on the cores matter little. Counters, medians over the rounds: ms_fp32
/// and ms_bf16; and ratio, the time of fp32 divided by that of bf16 in the same round. Run with OMP_NUM_THREADS=1.
#include <benchmark/benchmark.h>

#include <array>

#include "adatape/train/trainer.hpp"
#include "models.hpp"
#include "random_input.hpp"
#include "rounds.hpp"

namespace {

using namespace adatape;

/// A round runs each for about this long, or once.
constexpr double kSecondsOfRound = 0.05;
constexpr std::array<Products, 2> kProducts{Products::f32, Products::bf16};

/// One iteration of the benchmark is one round. run(which) does the work once, with kProducts[which].
template <class Run>
void compare(benchmark::State& state, const Run& run) {
  for (std::size_t which = 0; which < 2; ++which)
    for (int i = 0; i < 2; ++i) run(which);  // arenas grow in the first and become one block in the second
  const double once = std::max(1e-7, bench::cpu_seconds_of([&] { run(0); }));
  const int repeats = std::max(1, static_cast<int>(kSecondsOfRound / once));
  std::array<std::vector<double>, 2> seconds;
  std::vector<double> ratio;
  for (auto _ : state) {
    const std::size_t round = ratio.size();
    for (std::size_t i = 0; i < 2; ++i) {
      const std::size_t which = (round + i) % 2;
      seconds[which].push_back(bench::cpu_seconds_of([&] {
                                 for (int repeat = 0; repeat < repeats; ++repeat) run(which);
                               }) /
                               repeats);
    }
    ratio.push_back(seconds[0].back() / seconds[1].back());
  }
  state.counters["ms_fp32"] = 1e3 * bench::median(seconds[0]);
  state.counters["ms_bf16"] = 1e3 * bench::median(seconds[1]);
  state.counters["ratio"] = bench::median(ratio);
}

/// The products of a dense layer. Arguments: rows, inputs, outputs; which of y = x W (0), dW += x^T dy (1) and dx = dy W^T (2).
void product(benchmark::State& state) {
  const Index rows = state.range(0), in = state.range(1), out = state.range(2), which = state.range(3);
  const auto x = bench::normal_values(rows * in, 1), w = bench::normal_values(in * out, 2), dy = bench::normal_values(rows * out, 3);
  std::vector<float> y(dy.size()), dw(w.size()), dx(x.size());
  compare(state, [&](std::size_t of_products) {
    const Products products = kProducts[of_products];
    const auto in_rows = ops::row_major(x.data(), rows, in), kernel = ops::row_major(w.data(), in, out), upstream = ops::row_major(dy.data(), rows, out);
    if (which == 0) ops::gemm<float>(in_rows, kernel, ops::row_major(y.data(), rows, out), {.products = products});
    if (which == 1) ops::gemm<float>(in_rows.transposed(), upstream, ops::row_major(dw.data(), in, out), {.accumulate = true, .products = products});
    if (which == 2) ops::gemm<float>(upstream, kernel.transposed(), ops::row_major(dx.data(), rows, in), {.products = products});
    benchmark::ClobberMemory();
  });
  state.counters["bf16_GFLOP/s"] = 2e-6 * static_cast<double>(rows * in * out) / state.counters["ms_bf16"];
}

/// Argument: batch. Steps change nothing from the second on, as in bench_training.
template <class Model>
void training_step(benchmark::State& state) {
  const Index batch = state.range(0);
  const auto input = bench::normal_values(batch * Model::input_size);
  std::vector<std::int64_t> labels(static_cast<std::size_t>(batch));
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<std::int64_t>(i % Model::classes);
  train::TrainingOptions options{.schedule = {train::Decay::linear, 1e-3, 0, 1}, .optimizer = {.weight_decay = 0.05}, .clip_norm = 1};
  train::Trainer<Model> fp32(options);
  options.products = Products::bf16;
  train::Trainer<Model> bf16(options);
  compare(state, [&](std::size_t which) { benchmark::DoNotOptimize((which == 0 ? fp32 : bf16).step({input, labels}).loss); });
}

constexpr int kRounds = 5;
BENCHMARK(product)->ArgNames({"rows", "in", "out", "which"})->ArgsProduct({{392}, {192}, {768}, {0, 1, 2}})->Iterations(kRounds);
BENCHMARK(product)->ArgNames({"rows", "in", "out", "which"})->ArgsProduct({{196}, {384}, {384, 1536}, {0, 1, 2}})->Iterations(kRounds);
BENCHMARK(product)->ArgNames({"rows", "in", "out", "which"})->ArgsProduct({{196}, {1536}, {384}, {0, 1, 2}})->Iterations(kRounds);
BENCHMARK(training_step<bench::models::VitTi>)->ArgName("batch")->Arg(8)->Iterations(kRounds);
BENCHMARK(training_step<bench::models::VitS>)->ArgName("batch")->Arg(8)->Iterations(kRounds);
BENCHMARK(training_step<bench::models::FashionVit>)->ArgName("batch")->Arg(128)->Iterations(kRounds);
BENCHMARK(training_step<bench::models::AdaTapeS>)->ArgName("batch")->Arg(8)->Iterations(kRounds);

}  // namespace

BENCHMARK_MAIN();
