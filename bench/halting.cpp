/// What adaptive reading costs: the reader alone, over bank size, T, tau, batch, kind of bank, early and late halting; and whole models that read more and
/// more. bench/halting runs this program and makes the tables of docs/halting.md from it.
///
/// A learned bank is normalised once, outside the time, as in inference. A bank of tokens that is new for every sample is normalised inside it, as in forward
/// and for given banks. The input bank of inference is not made of tokens: bench_input_bank measures it.
/// Counters: us/sample, the whole read of a sample; tape, the tape tokens that every sample reads; us/token, us/sample / tape; k, the bank tokens of a step;
/// read_N, us a sample of a forward pass that reads N tape tokens. All times are medians of CPU time, so that other programs on the cores matter little. With
/// one thread that is the time of a clock on a machine that does nothing else.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "adatape/core/initialise.hpp"
#include "adatape/model/engine.hpp"
#include "adatape/model/sizes.hpp"
#include "adatape/simd/batch.hpp"
#include "random_input.hpp"
#include "rounds.hpp"

namespace {

using namespace adatape;
using model::Size;
using Vit = model::Vit<Size::S, 16>;

constexpr std::uint64_t kBankSeed = 1, kTokenSeed = 2;  // of weights and banks; of tokens and images

/// The first `count` standard normal values of a seed. They are drawn once, however often a benchmark starts; a larger count ends the life of earlier spans.
std::span<const float> normal_values(Index count, std::uint64_t seed) {
  static std::map<std::uint64_t, std::vector<float>> known;
  auto& values = known[seed];
  if (std::ssize(values) < count) values = bench::normal_values(count, seed);
  return std::span(values).first(static_cast<std::size_t>(count));
}

template <int tape_tokens>
struct ReaderOptions : model::AdaTapeConfig<Size::S, 16> {
  static constexpr int num_tape_tokens = tape_tokens;
  static constexpr double threshold = 1;
};

template <class Model>
model::Engine<Model> new_engine() {
  Parameters<Model, float> parameters;
  initialise(parameters, kBankSeed);
  return model::Engine<Model>(parameters);
}

/// Arguments: bank size, batch, tau, learned bank?, early halting?
template <int tape_tokens>
void read_tape(benchmark::State& state) {
  using Reader = tape::Reader<ReaderOptions<tape_tokens>>;
  constexpr int D = Reader::D, own = 196;
  const Index bank_size = state.range(0), batch = state.range(1);
  const double tau = static_cast<double>(state.range(2));
  const bool learned = state.range(3), early = state.range(4);
  // A bank of K tokens, of which each step takes k, is empty after ceil(K / k) steps.
  const Index k = tokens_per_step(tape_tokens, tau, bank_size);
  const Index wanted = early ? static_cast<Index>(std::ceil(tau)) : std::min<Index>(tape_tokens, (bank_size + k - 1) / k);
  const auto candidates = normal_values((learned ? 1 : batch) * bank_size * D, kBankSeed);
  const auto tokens = normal_values(batch * own * D, kTokenSeed);
  // With a large scale the largest weight of a step is 1, and reading halts after ceil(tau) steps. With a small one all k weights are near 1 / k, and it goes
  // on.
  const std::vector<float> scale(D, early ? 1000.0f : 0.1f), bias(D, 0.0f);

  Arena arena, prepared;
  const Context context{.arena = arena, .settings = {.tau = tau}};
  const auto normalise = [&](Arena& where) {
    return Reader::template normalise<float>({candidates.data(), bank_size, learned}, batch, scale.data(), bias.data(), where);
  };
  const auto learned_bank = normalise(prepared);
  std::vector<double> seconds;
  for (auto _ : state) {
    arena.reset();
    typename Reader::template Saved<float> saved;
    seconds.push_back(bench::cpu_seconds_of([&] {
      const ConstTokens<float, D> x{tokens.data(), uniform_packing(batch, own, arena)};
      benchmark::DoNotOptimize(Reader::forward(learned ? learned_bank : normalise(arena), x, saved, context));
    }));
    state.SetIterationTime(seconds.back());
    for (Index n : saved.trace.length)
      if (n != wanted) return state.SkipWithError("a sample read another number of tape tokens than was wanted");
  }
  const double us = 1e6 * bench::median(seconds) / static_cast<double>(batch);
  state.counters["us/sample"] = us;
  state.counters["us/token"] = us / static_cast<double>(wanted);
  state.counters["tape"] = static_cast<double>(wanted);
  state.counters["k"] = static_cast<double>(k);
}

template <tape::BankType bank>
struct ForwardConfig : model::AdaTapeConfig<Size::S, 16, bank> {
  static constexpr int num_tape_tokens = 32;
};

/// A model and its workspace, which runs one batch again and again.
template <class Model>
class Runner {
 public:
  explicit Runner(std::span<const float> input) : input_(input) {}
  /// CPU seconds of a forward pass of samples that read exactly `tokens` tape tokens (0: a plain ViT). Negative if one of them read another number.
  double seconds(Index tokens) {
    bool right = true;
    const double time = bench::cpu_seconds_of([&] {
      const auto output = engine_.run(input_, arena_, {.exact_tape_tokens = tokens});
      benchmark::DoNotOptimize(output.logits);
      for (Index b = 0; b < output.samples; ++b) right = right && output.tape_length(b) == tokens;
    });
    return right ? time : -1;
  }

 private:
  std::span<const float> input_;
  model::Engine<Model> engine_ = new_engine<Model>();
  Arena arena_;
};

/// ViT-S/16, and AdaTape S/16 (T = 32, tau = 2) that reads exactly 2, 4, 10 and 32 tape tokens: one pass of each in every round, in an order that turns.
/// Argument: batch. Counters: us/sample of ViT (read_0) and of the others (read_N).
template <tape::BankType bank>
void forward(benchmark::State& state) {
  constexpr std::array<Index, 5> lengths{0, 2, 4, 10, 32};
  const Index batch = state.range(0);
  const auto input = normal_values(batch * Vit::input_size, kTokenSeed);
  Runner<Vit> vit(input);
  Runner<model::Classifier<ForwardConfig<bank>>> reading(input);
  const auto pass = [&](Index tokens) { return tokens ? reading.seconds(tokens) : vit.seconds(0); };
  pass(lengths.back());
  std::array<std::vector<double>, lengths.size()> seconds;
  for (auto _ : state) {
    double round = 0;
    for (std::size_t i = 0; i < lengths.size(); ++i) {
      const std::size_t which = (i + seconds.back().size()) % lengths.size();
      const double time = pass(lengths[which]);
      if (time < 0) return state.SkipWithError("a sample read another number of tape tokens than was wanted");
      seconds[which].push_back(time);
      round += time;
    }
    state.SetIterationTime(round);
  }
  for (std::size_t i = 0; i < lengths.size(); ++i)
    state.counters[std::string("read_").append(std::to_string(lengths[i]))] = 1e6 * bench::median(seconds[i]) / static_cast<double>(batch);
}

void in_order(benchmark::internal::Benchmark* b) { b->ArgNames({"bank", "batch", "tau", "learned", "early"})->UseManualTime()->Unit(benchmark::kMicrosecond); }

/// The banks of docs/halting.md at tau = 2. A bank of 10 000 tokens is one that is learned.
void over_banks(benchmark::internal::Benchmark* b) {
  in_order(b);
  for (int learned : {0, 1})
    for (int bank : {64, 196, 784, 10000})
      for (int batch : {1, 8, 64})
        for (int early : {0, 1})
          if (learned || bank < 10000) b->Args({bank, batch, 2, learned, early});
}

/// Larger banks, and other thresholds, all of which divide T: the least weights of a step, 1 / k, then add up to tau in exactly T steps.
void over_more(benchmark::internal::Benchmark* b) {
  for (int early : {0, 1}) {
    for (int learned : {0, 1}) b->Args({4096, 8, 2, learned, early});
    b->Args({16384, 8, 2, 1, early});
    for (int tau : {1, 5, 10}) b->Args({784, 8, tau, 0, early})->Args({10000, 8, tau, 1, early});
  }
}

BENCHMARK(read_tape<4>)->Apply(over_banks);
BENCHMARK(read_tape<10>)->Apply(over_banks)->Apply(over_more);
BENCHMARK(read_tape<32>)->Apply(over_banks);

#define ADATAPE_BENCH(bank, batch, rounds) \
  BENCHMARK(forward<tape::BankType::bank>)->ArgName("batch")->Arg(batch)->Iterations(rounds)->UseManualTime()->Unit(benchmark::kMillisecond)

ADATAPE_BENCH(learn, 1, 6);
ADATAPE_BENCH(learn, 8, 2);
ADATAPE_BENCH(learn, 64, 1);
ADATAPE_BENCH(input, 1, 6);
ADATAPE_BENCH(input, 8, 2);
ADATAPE_BENCH(input, 64, 1);

}  // namespace

int main(int count, char** arguments) {
  benchmark::Initialize(&count, arguments);
  if (benchmark::ReportUnrecognizedArguments(count, arguments)) return 1;
  benchmark::AddCustomContext("adatape_version", ADATAPE_VERSION);
  benchmark::AddCustomContext("floats_in_a_batch", std::to_string(simd::lanes<float>));
  benchmark::AddCustomContext(
      "seeds", std::string("weights and banks ").append(std::to_string(kBankSeed)).append(", tokens and images ").append(std::to_string(kTokenSeed)));
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
