/// Forward passes of whole models, as in inference. workspace_MiB is the most that the caller's workspace held, scratch_MiB what every core keeps for its part
/// of a batch.
#include <thread>

#include "adatape/adatape.hpp"
#include "models.hpp"
#include "random_input.hpp"
#include "work.hpp"

namespace {

using namespace adatape;
using namespace bench::models;

/// The most scratch that a thread holds while it alone does the work.
template <class Work>
std::size_t scratch_bytes(const Work& work) {
  std::size_t bytes = 0;
  std::thread([&] {  // a new thread has an arena without a past
    set_threads(1);
    work();
    bytes = thread_arena().peak();
  }).join();
  return bytes;
}

/// Argument: batch.
template <class Model>
void forward(benchmark::State& state) {
  const Index batch = state.range(0);
  Parameters<Model, float> parameters;
  initialise(parameters, 1);
  const model::Engine<Model> engine(parameters);
  const auto input = bench::normal_values(batch * Model::input_size);
  Arena arena;
  bench::Work work;
  for (auto _ : state) {
    const auto output = engine.run(input, arena);
    work = bench::work_of(output);
    benchmark::DoNotOptimize(output.logits);
  }
  bench::report(state, work, 1, arena.peak());
  state.counters["scratch_MiB"] = bench::mebibytes(scratch_bytes([&] { engine.run(input, arena); }));
}

#define ADATAPE_BENCH(Model) BENCHMARK(forward<Model>)->ArgName("batch")->UseRealTime()->Unit(benchmark::kMillisecond)->MinTime(1.5)

ADATAPE_BENCH(VitTi)->Arg(1)->Arg(8);
ADATAPE_BENCH(AdaTapeTi)->Arg(1)->Arg(8);
ADATAPE_BENCH(VitS)->Arg(1)->Arg(8);
ADATAPE_BENCH(AdaTapeS)->Arg(1)->Arg(8);
ADATAPE_BENCH(AdaTapeSLearned)->Arg(1)->Arg(8);
ADATAPE_BENCH(FashionVit)->Arg(128);
ADATAPE_BENCH(FashionAdaTape)->Arg(128);

}  // namespace

BENCHMARK_MAIN();
