/// Matrix products at the shapes of ViT, weights packed once or read in place. Counters: GFLOP/s, and its share of the FMA peak that the same
/// thread reached right before and after (the larger of the two). Run with OMP_NUM_THREADS=1 for the share of one core.
#include "adatape/ops/gemm.hpp"

#include "adatape/core/arena.hpp"
#include "fma_peak.hpp"
#include "random_input.hpp"
#include "shapes.hpp"

namespace {

using namespace adatape;

/// Arguments: M, K, N, weights packed?
void product(benchmark::State& state) {
  const Index m = state.range(0), k = state.range(1), n = state.range(2);
  const auto a = bench::normal_values(m * k, 1), b = bench::normal_values(k * n, 2);
  Arena arena;
  const auto c = ops::row_major(arena.take<float>(m * n), m, n);
  const auto weights = ops::row_major(b.data(), k, n);
  const auto packed = ops::pack<float>(weights, arena.take<float>(ops::packed_size<float>(k, n)));
  double peak = bench::fma_peak();
  const auto start = std::chrono::steady_clock::now();
  for (auto _ : state) {
    if (state.range(3))
      ops::gemm<float>(ops::row_major(a.data(), m, k), packed, c);
    else
      ops::gemm<float>(ops::row_major(a.data(), m, k), weights, c);
    benchmark::ClobberMemory();
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  peak = std::max(peak, bench::fma_peak());
  const double rate = 2e-9 * static_cast<double>(m * k * n) * static_cast<double>(state.iterations()) / seconds;
  state.counters["GFLOP/s"] = rate;
  state.counters["peak"] = peak;
  state.counters["share"] = rate / peak / available_threads();
}

void shapes(benchmark::internal::Benchmark* b) {
  for (const auto& s : bench::kShapes)
    for (int packed : {1, 0}) b->Args({s.m, s.k, s.n, packed});
}

BENCHMARK(product)->ArgNames({"m", "k", "n", "packed"})->Apply(shapes)->UseRealTime()->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
