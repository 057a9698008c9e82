#pragma once
/// What the core can do at this moment: chains of fused multiply-adds in registers.
#include <benchmark/benchmark.h>

#include <chrono>

#include "adatape/simd/batch.hpp"

namespace adatape::bench {

/// GFLOP/s of one thread over a burst of about 10 ms.
inline double fma_peak() {
  using Batch = simd::Batch<float>;
  constexpr int chains = 12;
  constexpr Index rounds = 1'000'000;
  Batch sums[chains];
  simd::unroll<chains>([&](auto c) ADATAPE_INLINE_LAMBDA { sums[c] = simd::splat(1.0f); });
  Batch factor = simd::splat(0.5f), addend = simd::splat(0.5f);
  benchmark::DoNotOptimize(factor);
  benchmark::DoNotOptimize(addend);
  const auto start = std::chrono::steady_clock::now();
  for (Index i = 0; i < rounds; ++i) simd::unroll<chains>([&](auto c) ADATAPE_INLINE_LAMBDA { sums[c] = simd::fma(sums[c], factor, addend); });
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  Batch total = sums[0];
  simd::unroll<chains - 1>([&](auto c) ADATAPE_INLINE_LAMBDA { total = total + sums[c + 1]; });
  benchmark::DoNotOptimize(total);
  return 2e-9 * chains * static_cast<double>(rounds * simd::lanes<float>) / seconds;
}

}  // namespace adatape::bench
