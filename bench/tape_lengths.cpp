/// Whether time follows live tokens: forward passes of AdaTape, as in inference, beside other passes of the same rounds.
#include <cmath>

#include "adatape/adatape.hpp"
#include "models.hpp"
#include "random_input.hpp"
#include "rounds.hpp"
#include "work.hpp"

namespace {

using namespace adatape;
using namespace bench::models;
using model::Size;

/// AdaTape S/16 that reads exactly `tokens` from a learned bank.
template <int tokens>
struct FixedReadConfig : model::AdaTapeConfig<Size::S, 16, tape::BankType::learn> {
  static constexpr bool dynamic = false;
  static constexpr int num_tape_tokens = tokens;
};
template <int tokens>
using FixedRead = model::Classifier<FixedReadConfig<tokens>>;

/// AdaTape S that may read up to 64 tape tokens: S/16 runs sample by sample on each core, S/32 five samples at once (model/engine.hpp).
template <int patch>
struct LongReadConfig : model::AdaTapeConfig<Size::S, patch> {
  static constexpr int num_tape_tokens = 64;
  static constexpr double threshold = 8;
};
template <int patch>
using LongRead = model::Classifier<LongReadConfig<patch>>;

/// A model and its workspace.
template <class Model>
class Runner {
 public:
  explicit Runner(const Parameters<Model, float>& parameters) : engine_(parameters) {}
  auto run(std::span<const float> input) {
    auto output = engine_.run(input, arena_);
    benchmark::DoNotOptimize(output.logits);
    return output;
  }

 private:
  model::Engine<Model> engine_;
  Arena arena_;
};

template <class Model>
Parameters<Model, float> new_parameters() {
  Parameters<Model, float> parameters;
  initialise(parameters, 1);
  return parameters;
}

/// Counters: tape and live tokens a sample, GFLOP/s, time a live token.
template <class Model>
void set_rates(benchmark::State& state, const bench::Work& work, double seconds) {
  const double live = Model::own_tokens * work.samples + work.tape;
  state.counters["tape"] = work.tape / work.samples;
  state.counters["live"] = live / work.samples;
  state.counters["GFLOP/s"] = 2e-9 * work.macs / seconds;
  state.counters["us/token"] = 1e6 * seconds / live;
}

/// A model beside plain ViT-S/16 (ViT-S/16 itself shows how far the rounds can be trusted). Argument: batch. Counters: ms and vit_ms; time_ratio and
/// mac_ratio, model to ViT; explained, time_ratio / mac_ratio: 1 if multiply-accumulates explain all of the time.
template <class Model>
void beside_vit(benchmark::State& state) {
  const Index batch = state.range(0);
  const auto input = bench::normal_values(batch * VitS::input_size);
  Runner<Model> model(new_parameters<Model>());
  Runner<VitS> vit(new_parameters<VitS>());
  const auto work = bench::work_of(model.run(input)), vit_work = bench::work_of(vit.run(input));

  bench::Rounds rounds;
  for (auto _ : state) state.SetIterationTime(rounds.add([&] { model.run(input); }, [&] { vit.run(input); }));
  const double mac_ratio = work.macs / vit_work.macs;
  state.counters["ms"] = 1e3 * rounds.first();
  state.counters["vit_ms"] = 1e3 * rounds.second();
  state.counters["time_ratio"] = rounds.ratio();
  state.counters["mac_ratio"] = mac_ratio;
  state.counters["explained"] = rounds.ratio() / mac_ratio;
  set_rates<Model>(state, work, rounds.first());
}

/// Lets the contrast of an image decide how much is read. Bank tokens get a large part in common (the bias): those of a flat image are much alike, their merge
/// weights even, and reading is long. The scale makes the weights of an image with contrast peaked, and reading short.
template <class Model>
void read_by_contrast(Parameters<Model, float>& parameters) {
  auto& bias = (*parameters).stem.bank.project.bias;
  std::ranges::copy(bench::normal_values(bias.size, 2), bias.data());
  auto& scale = (*parameters).stack.read[0].bank_norm.scale;
  std::fill_n(scale.data(), scale.size, 4.0f);
}

/// Images with contrasts 1/32, 1/16 ... 4, not in this order.
template <class Model>
std::vector<float> images_of_many_contrasts(Index count) {
  auto values = bench::normal_values(count * Model::input_size);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Index image = static_cast<Index>(i) / Model::input_size;
    values[i] *= std::ldexp(1.0f, static_cast<int>(3 * image % 8) - 5);
  }
  return values;
}

/// A batch whose samples read different numbers of tape tokens, beside the same samples run alone. Counters: ms and alone_ms, the sum over the samples;
/// mixed/alone; shortest and longest tape.
template <class Model>
void mixed_batch(benchmark::State& state) {
  constexpr Index batch = 8;
  const auto input = images_of_many_contrasts<Model>(batch);
  auto parameters = new_parameters<Model>();
  read_by_contrast(parameters);
  Runner<Model> model(parameters);
  const auto output = model.run(input);
  const auto work = bench::work_of(output);
  Index shortest = output.tape_length(0), longest = shortest;
  for (Index b = 1; b < batch; ++b) {
    shortest = std::min(shortest, output.tape_length(b));
    longest = std::max(longest, output.tape_length(b));
  }
  if (longest < 3 * shortest) return state.SkipWithError("the samples read about the same number of tape tokens");

  bench::Rounds rounds;
  for (auto _ : state)
    state.SetIterationTime(rounds.add([&] { model.run(input); },
                                      [&] {
                                        for (Index b = 0; b < batch; ++b) model.run(std::span(input).subspan(static_cast<std::size_t>(b * Model::input_size), static_cast<std::size_t>(Model::input_size)));
                                      }));
  state.counters["ms"] = 1e3 * rounds.first();
  state.counters["alone_ms"] = 1e3 * rounds.second();
  state.counters["mixed/alone"] = rounds.ratio();
  state.counters["shortest"] = static_cast<double>(shortest);
  state.counters["longest"] = static_cast<double>(longest);
  set_rates<Model>(state, work, rounds.first());
}

void in_rounds(benchmark::internal::Benchmark* b) { b->UseManualTime()->Unit(benchmark::kMillisecond)->Iterations(15); }
void for_one_sample(benchmark::internal::Benchmark* b) { b->Apply(in_rounds)->ArgName("batch")->Arg(1); }
void for_one_and_eight(benchmark::internal::Benchmark* b) { b->Apply(for_one_sample)->Arg(8); }

BENCHMARK(beside_vit<VitS>)->Apply(for_one_and_eight);
BENCHMARK(beside_vit<AdaTapeS>)->Apply(for_one_and_eight);
BENCHMARK(beside_vit<AdaTapeSLearned>)->Apply(for_one_and_eight);
BENCHMARK(beside_vit<FixedRead<8>>)->Apply(for_one_sample);
BENCHMARK(beside_vit<FixedRead<16>>)->Apply(for_one_sample);
BENCHMARK(beside_vit<FixedRead<32>>)->Apply(for_one_sample);
BENCHMARK(beside_vit<FixedRead<64>>)->Apply(for_one_sample);
BENCHMARK(beside_vit<FixedRead<128>>)->Apply(for_one_sample);
BENCHMARK(mixed_batch<LongRead<16>>)->Apply(in_rounds);
BENCHMARK(mixed_batch<LongRead<32>>)->Apply(in_rounds);

}  // namespace

BENCHMARK_MAIN();
