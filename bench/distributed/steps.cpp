/// bench_distributed MODEL BATCH LEAVES WARM STEPS [no-overlap] [even]: training steps of one model in the processes of a run of MPI, after WARM steps that are
/// not measured. run.sh starts it. Process 0 prints one line of JSON, in which lists have a value for each process:
///  - ms: the median of the steps' times, each that of the slowest process;
///  - exchange_ms: what a process spends inside the exchange in a step, in the mean. It waits there for slower processes, and for transfers that do not overlap
///    with computing. computing_ms is the rest of the step;
///  - sent_MB: the values that a process sends in a step, by formula. wire_MB: what the network devices of its machine send, headers included.
#include <sys/resource.h>

#include <charconv>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>

#include "../models.hpp"
#include "../random_input.hpp"
#include "adatape/model/parity.hpp"
#include "adatape/mpi/exchange.hpp"
#include "adatape/train/trainer.hpp"
#include "timed_exchange.hpp"

namespace {

using namespace adatape;

struct Run {
  Index batch, leaves, warm, steps;
  mpi::ExchangeOptions exchange;
};

/// Four own tokens, a glance, and a bank of 64 patches: the more a sample reads, the longer it takes. (With 196 own tokens ten more are no difference.)
struct GlanceConfig : model::ModelDefaults {
  static constexpr std::array<int, 3> image{56, 56, 1};
  static constexpr int patch_size = 28, patch_bank_size = 7, hidden_size = 192, num_heads = 3, split_tt = 3, mlp_dim = 768, tt_mlp_dim = 768, num_layers = 6,
                       num_classes = 10, num_tape_tokens = 16;
};
using Glance = model::Classifier<GlanceConfig>;

/// Makes Glance read 2 or 3 tape tokens of an image of noise, whose scores lie 40 times as far apart as those of a new model, and 8 of an image in one colour,
/// whose bank tokens are equal: 8 at a time are merged, until none of the 64 is left.
template <class Model>
void vary_tapes(Parameters<Model, float>& parameters, std::vector<float>& input, Index batch) {
  if constexpr (std::is_same_v<Model, Glance>) {
    for (const LayoutEntry& entry : parameters.layout()) {
      if (entry.name() == "posembed_input_bank/pos_embedding") std::ranges::fill(parameters.values(entry), 0.f);
      if (entry.name() == "Transformer/AddTapeToken_0/TapeBank_0/bank_norm/scale") std::ranges::fill(parameters.values(entry), 6.5f);
    }
    std::fill(input.begin() + batch / 2 * Model::input_size, input.end(), 1.f);
  }
}

/// What one process measured.
struct Measured {
  double computing_ms, exchange_ms, sent_MB, wire_MB, peak_MiB, optimizer_MiB;
};

/// Bytes that the network devices of this machine, or of its namespace, have sent.
double wire_bytes() {
  std::ifstream file("/proc/net/dev");
  double sum = 0;
  std::string word;
  while (file >> word)
    if (word.back() == ':') {
      double sent = 0;
      for (int field = 0; field < 9; ++field) file >> sent;
      sum += sent;
    }
  return sum;
}

template <class Model>
void measure(const mpi::Session& session, const char* name, const Run& run) {
  using Exchange = bench::TimedExchange<mpi::Exchange>;
  using Trainer = train::Trainer<Model, float, train::CrossEntropy, train::AdamW, Exchange>;
  // The first step moves the weights away from the head's zeros. From then on the rate is 0, and every step computes the same.
  Trainer trainer({.schedule = {train::Decay::linear, 1e-3, 0, 1}, .optimizer = {.weight_decay = 0.05}, .clip_norm = 1, .leaves = run.leaves},
                  Exchange(mpi::Exchange(session, run.exchange)));
  auto input = bench::normal_values(run.batch * Model::input_size);
  std::vector<std::int64_t> labels(static_cast<std::size_t>(run.batch));
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<std::int64_t>(i % Model::classes);
  double tape = 0;
  const auto step = [&] {
    const auto mine = trainer.positions(run.batch);
    const auto first = static_cast<std::size_t>(mine.first), count = static_cast<std::size_t>(mine.size());
    constexpr auto size = static_cast<std::size_t>(Model::input_size);
    typename Trainer::Batch batch{std::span(input).subspan(first * size, count * size), std::span(labels).subspan(first, count)};
    batch.first = mine.first;
    batch.whole = run.batch;
    tape = trainer.step(batch).mean_tape_length;
  };
  step();
  vary_tapes<Model>(trainer.parameters(), input, run.batch);
  for (Index i = 1; i < run.warm; ++i) step();

  MPI_Barrier(MPI_COMM_WORLD);
  const double exchange_start = trainer.exchange().seconds(), sent_start = trainer.exchange().sent(), wire_start = wire_bytes();
  std::vector<double> seconds(static_cast<std::size_t>(run.steps));
  for (double& time : seconds) time = bench::seconds_of(step);
  const auto of_step = [&](double now, double start) { return (now - start) / static_cast<double>(run.steps); };
  const double exchange = of_step(trainer.exchange().seconds(), exchange_start), sent = of_step(trainer.exchange().sent(), sent_start),
               wire = of_step(wire_bytes(), wire_start), step_seconds = of_step(std::accumulate(seconds.begin(), seconds.end(), 0.0), 0);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const Measured mine{1e3 * (step_seconds - exchange),
                      1e3 * exchange,
                      1e-6 * sent,
                      1e-6 * wire,
                      static_cast<double>(usage.ru_maxrss) / 1024,
                      static_cast<double>(trainer.optimizer().first.bytes() + trainer.optimizer().second.bytes()) / (1 << 20)};
  std::vector<Measured> all(static_cast<std::size_t>(session.processes()));
  MPI_Gather(&mine, sizeof(mine), MPI_BYTE, all.data(), sizeof(mine), MPI_BYTE, 0, MPI_COMM_WORLD);
  std::vector<double> slowest(seconds.size());
  MPI_Reduce(seconds.data(), slowest.data(), static_cast<int>(run.steps), MPI_DOUBLE, MPI_MAX, 0, MPI_COMM_WORLD);
  if (session.process() != 0) return;
  const auto each = [&](double Measured::*value) {
    auto list = nlohmann::json::array();
    for (const Measured& one : all) list.push_back(one.*value);
    return list;
  };
  const nlohmann::ordered_json row{{"software", !run.exchange.overlap ? "adatape, no overlap" : !run.exchange.deal ? "adatape, even leaves" : "adatape"},
                                   {"model", name},
                                   {"parameters", Parameters<Model, float>::count},
                                   {"processes", session.processes()},
                                   {"batch", run.batch},
                                   {"leaves", run.leaves},
                                   {"ms", 1e3 * bench::median(slowest)},
                                   {"computing_ms", each(&Measured::computing_ms)},
                                   {"exchange_ms", each(&Measured::exchange_ms)},
                                   {"sent_MB", each(&Measured::sent_MB)},
                                   {"wire_MB", each(&Measured::wire_MB)},
                                   {"peak_MiB", each(&Measured::peak_MiB)},
                                   {"optimizer_MiB", each(&Measured::optimizer_MiB)},
                                   {"tape", tape}};
  std::printf("%s\n", row.dump().c_str());
}

using Measure = void (*)(const mpi::Session&, const char*, const Run&);
const std::map<std::string, Measure> kModels{{"parity", measure<model::ParityAdaTape<16>>},
                                             {"glance", measure<Glance>},
                                             {"vit-ti16", measure<bench::models::VitTi>},
                                             {"vit-s16", measure<bench::models::VitS>},
                                             {"adatape-ti16", measure<bench::models::AdaTapeTi>}};

Index number_of(const char* text, Index least) {
  Index number = 0;
  const char* const end = text + std::strlen(text);
  require(std::from_chars(text, end, number).ptr == end && number >= least, "wanted a whole number of at least ", least, ", found ", text);
  return number;
}

}  // namespace

int main(int argc, char** argv) {
  return mpi::run([&](const mpi::Session& session) {
    require(argc >= 6, "usage: bench_distributed MODEL BATCH LEAVES WARM STEPS [no-overlap] [even]");
    const auto model = kModels.find(argv[1]);
    require(model != kModels.end(), "wanted a model of those in bench/distributed/steps.cpp, found ", argv[1]);
    Run run{number_of(argv[2], 1), number_of(argv[3], 1), number_of(argv[4], 1), number_of(argv[5], 1), {}};
    for (int i = 6; i < argc; ++i) {
      const std::string_view word = argv[i];
      require(word == "no-overlap" || word == "even", "wanted no-overlap or even, found ", word);
      (word == "even" ? run.exchange.deal : run.exchange.overlap) = false;
    }
    model->second(session, argv[1], run);
    return 0;
  });
}
