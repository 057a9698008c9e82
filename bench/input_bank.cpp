/// What an input bank costs: the bank of images and its read, by inference, which makes no bank token (tape/folded_bank.hpp), beside the forward pass of
/// training, which makes all of them. Both run in every round, in an order that changes from round to round. Times are CPU time, so that other programs on the
/// cores matter little. Counters, medians over the rounds: us/sample of inference, forward_us of forward, and over, forward divided by inference in the same
/// round; tape, the tape tokens of a sample. Blocks, own tokens and the tape's FFN are not in them. Run with OMP_NUM_THREADS=1.
#include <benchmark/benchmark.h>

#include "adatape/core/initialise.hpp"
#include "adatape/model/sizes.hpp"
#include "random_input.hpp"
#include "rounds.hpp"

namespace {

using namespace adatape;
using model::Size;

template <Size size, int patch>
struct Config : model::AdaTapeConfig<size, patch> {
  static constexpr int tt_mlp_dim = 0;
};

/// Argument: batch.
template <Size size, int patch>
void read_input_bank(benchmark::State& state) {
  using Model = model::Classifier<Config<size, patch>>;
  using Bank = typename Model::Stem::Bank;
  using Read = typename Model::Stack::AddTapeToken;
  constexpr int D = Model::D;
  const Index batch = state.range(0);
  Parameters<Model, float> parameters;
  initialise(parameters, 1);
  const auto& bank_parameters = parameters->stem.bank;
  const auto& read_parameters = parameters->stack.read[0];
  Arena storage, arena;
  const auto bank_weights = Bank::pack_weights(bank_parameters, storage);
  const auto read_weights = Read::pack_weights(read_parameters, storage);
  const auto images = bench::normal_values(batch * Model::input_size), tokens = bench::normal_values(batch * Model::own_tokens * D, 2);
  const Context context{.arena = arena};
  const auto own = [&] { return ConstTokens<float, D>{tokens.data(), uniform_packing(batch, Model::own_tokens, arena)}; };
  tape::ReadTrace<float> trace;

  const auto infer = [&] {
    arena.reset();
    const auto bank = Bank::infer(bank_weights, images.data(), batch, context);
    benchmark::DoNotOptimize(Read::template infer<float, float>(read_weights, own(), bank, trace, context).data);
  };
  const auto forward = [&] {
    arena.reset();
    typename Bank::template Saved<float> saved_bank;
    typename Read::template Saved<float> saved;
    const auto bank = Bank::forward(bank_parameters, images.data(), batch, saved_bank, context);
    benchmark::DoNotOptimize(Read::template forward<float>(read_parameters, own(), bank, saved, context).data);
  };
  infer();
  forward();
  std::vector<double> of_infer, of_forward, over;
  for (auto _ : state) {
    const bool in_order = over.size() % 2 == 0;
    if (in_order) of_infer.push_back(bench::cpu_seconds_of(infer));
    of_forward.push_back(bench::cpu_seconds_of(forward));
    if (!in_order) of_infer.push_back(bench::cpu_seconds_of(infer));
    over.push_back(of_forward.back() / of_infer.back());
  }
  infer();
  double read = 0;
  for (const Index length : trace.length) read += static_cast<double>(length);
  state.counters["us/sample"] = 1e6 * bench::median(of_infer) / static_cast<double>(batch);
  state.counters["forward_us"] = 1e6 * bench::median(of_forward) / static_cast<double>(batch);
  state.counters["over"] = bench::median(over);
  state.counters["tape"] = read / static_cast<double>(batch);
}

constexpr int kRounds = 51;
#define ADATAPE_BENCH(size, patch) BENCHMARK(read_input_bank<Size::size, patch>)->ArgName("batch")->Arg(1)->Arg(8)->Iterations(kRounds)
ADATAPE_BENCH(S, 16);
ADATAPE_BENCH(S, 32);
ADATAPE_BENCH(B, 32);

}  // namespace

BENCHMARK_MAIN();
