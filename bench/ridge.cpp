/// The regression of few-shot evaluation on random features: 10 000 images, 384 features, 1000 classes. Counter: ms, of a regression with one l2, and of the
/// classes of 1000 other images. Run with OMP_NUM_THREADS=1.
#include "adatape/fewshot/ridge.hpp"

#include <benchmark/benchmark.h>

#include "random_input.hpp"

namespace {

using namespace adatape;

constexpr Index kImages = 10'000, kTests = 1000, kFeatures = 384, kClasses = 1000;

RowMatrix<float> features_of(Index images, std::uint64_t seed) {
  const auto values = bench::normal_values(images * kFeatures, seed);
  return Eigen::Map<const RowMatrix<float>>(values.data(), images, kFeatures);
}

fewshot::RidgeClassifier fitted(const RowMatrix<float>& features) {
  std::vector<std::int64_t> labels(static_cast<std::size_t>(features.rows()));
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<std::int64_t>(i % kClasses);
  return fewshot::Ridge(features, labels, kClasses).solve(1024);
}

/// Times run().
template <class Run>
void measure(benchmark::State& state, const Run& run) {
  using benchmark::Counter;
  for (auto _ : state) run();
  state.counters["ms"] = Counter(1e-3, Counter::kIsIterationInvariantRate | Counter::kInvert);
}

void regression(benchmark::State& state) {
  const auto images = features_of(kImages, 1);
  measure(state, [&] { benchmark::DoNotOptimize(fitted(images).weights.data()); });
}

void classes_of_tests(benchmark::State& state) {
  const auto classifier = fitted(features_of(kImages, 1));
  const auto tests = features_of(kTests, 2);
  measure(state, [&] { benchmark::DoNotOptimize(classifier.predict(tests).data()); });
}

BENCHMARK(regression)->Unit(benchmark::kMillisecond);
BENCHMARK(classes_of_tests)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
