#pragma once
/// What a pass computed, and the counters that say so.
#include <benchmark/benchmark.h>

#include "adatape/core/types.hpp"

namespace adatape::bench {

/// Totals of a batch.
struct Work {
  double samples = 0, macs = 0, tape = 0;  ///< multiply-accumulates and tape tokens, counted from live tokens
};
/// What the pass of an output computed; or, of_forward, what forward computes for the same samples.
template <class Output>
Work work_of(const Output& output, bool of_forward = false) {
  Work work{.samples = static_cast<double>(output.samples)};
  for (Index b = 0; b < output.samples; ++b) {
    work.macs += of_forward ? output.forward_macs(b) : output.macs(b);
    work.tape += static_cast<double>(output.tape_length(b));
  }
  return work;
}

inline double mebibytes(std::size_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

/// Sets images/s, GFLOP/s (twice the multiply-accumulates of `forwards` forward passes), tape tokens a sample, and workspace_MiB.
inline void report(benchmark::State& state, const Work& work, double forwards, std::size_t workspace_bytes) {
  using benchmark::Counter;
  state.counters["images/s"] = Counter(work.samples, Counter::kIsIterationInvariantRate);
  state.counters["GFLOP/s"] = Counter(2e-9 * work.macs * forwards, Counter::kIsIterationInvariantRate);
  state.counters["tape"] = work.tape / work.samples;
  state.counters["workspace_MiB"] = mebibytes(workspace_bytes);
}

}  // namespace adatape::bench
