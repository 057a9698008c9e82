/// Everything between the matrix products, on the activations of ViT-S/16 with a batch of 8: time and elements per nanosecond.
#include <benchmark/benchmark.h>

#include "adatape/core/arena.hpp"
#include "adatape/ops/adamw.hpp"
#include "adatape/ops/attention.hpp"
#include "adatape/ops/gelu.hpp"
#include "adatape/ops/glu.hpp"
#include "adatape/ops/layer_norm.hpp"
#include "adatape/ops/top_k.hpp"
#include "random_input.hpp"

namespace {

using namespace adatape;

constexpr Index rows = 8 * 196, width = 384, hidden = 1536;

/// Times run() and reports the rate for `elements` a call.
template <class Run>
void measure(benchmark::State& state, Index elements, const Run& run) {
  for (auto _ : state) {
    run();
    benchmark::ClobberMemory();
  }
  state.counters["elements/ns"] = benchmark::Counter(1e-9 * static_cast<double>(elements), benchmark::Counter::kIsIterationInvariantRate);
}

template <ops::GeluForm form>
void gelu_with_derivative(benchmark::State& state) {
  auto x = bench::normal_values(rows * hidden), y = x, derivative = x;
  measure(state, rows * hidden, [&] { ops::gelu_with_derivative<form>(x.data(), rows * hidden, y.data(), derivative.data()); });
}
void glu(benchmark::State& state) {
  auto x = bench::normal_values(rows * hidden), y = x;
  measure(state, rows * hidden / 2, [&] { ops::glu(x.data(), rows, hidden / 2, y.data()); });
}
void layer_norm(benchmark::State& state) {
  auto x = bench::normal_values(rows * width), y = x;
  std::vector<float> scale(width, 1), bias(width), mean(rows), rstd(rows);
  measure(state, rows * width, [&] { ops::layer_norm(x.data(), scale.data(), bias.data(), rows, width, y.data(), mean.data(), rstd.data()); });
}
void layer_norm_backward(benchmark::State& state) {
  auto x = bench::normal_values(rows * width, 1), dy = bench::normal_values(rows * width, 2), dx = x;
  std::vector<float> scale(width, 1), bias(width), mean(rows), rstd(rows, 1), dscale(width), dbias(width);
  measure(state, rows * width, [&] {
    ops::layer_norm_backward(x.data(), mean.data(), rstd.data(), scale.data(), dy.data(), rows, width, dx.data(), dscale.data(), dbias.data());
  });
}
/// Six heads of 64; elements are scores.
void attention(benchmark::State& state) {
  Arena arena;
  const ops::AttentionShape shape{uniform_packing(8, 196, arena), 6, 64, 3 * width};
  auto projected = bench::normal_values(rows * 3 * width), mixed = projected;
  const float* q = projected.data();
  measure(state, 8 * 6 * 196 * 196, [&] { ops::attention<float>(q, q + width, q + 2 * width, shape, mixed.data(), nullptr); });
}
/// Gradients are normal values times 1 / divisor. Divided by 1e20, all of their squares are subnormal, unless these count as 0 (ops/adamw.hpp).
void adamw(benchmark::State& state, float divisor) {
  const Index count = 5'717'032;
  auto gradient = bench::normal_values(count), p = gradient;
  for (float& value : gradient) value /= divisor;
  std::vector<float> m(gradient.size()), v(gradient.size());
  const ops::AdamWStep<float> step{0.9f, 0.999f, 1.1f, 1.1f, 1e-8f, 1e-3f, 0.05f, 1};
  measure(state, count, [&] { ops::adamw(step, gradient.data(), count, m.data(), v.data(), p.data()); });
}
/// The five best of that many scores.
void top_k(benchmark::State& state) {
  const auto scores = bench::normal_values(state.range(0));
  const std::vector<char> excluded(scores.size());
  std::vector<Index> best(5);
  measure(state, state.range(0), [&] { ops::top_k<float>(scores, excluded, best); });
}

BENCHMARK(gelu_with_derivative<ops::GeluForm::tanh>)->UseRealTime();
BENCHMARK(gelu_with_derivative<ops::GeluForm::erf>)->UseRealTime();
BENCHMARK(glu)->UseRealTime();
BENCHMARK(layer_norm)->UseRealTime();
BENCHMARK(layer_norm_backward)->UseRealTime();
BENCHMARK(attention)->UseRealTime();
BENCHMARK_CAPTURE(adamw, normal_squares, 1.f)->UseRealTime();
BENCHMARK_CAPTURE(adamw, subnormal_squares, 1e20f)->UseRealTime();
BENCHMARK(top_k)->Arg(784)->Arg(10000)->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
