/// One configuration of adatape a process, in the row format of the other peers:
///     adatape_peer infer|train SIZE BATCH THREADS [SECONDS] [recompute|one_leaf|bf16|int8]
/// SIZE: Ti S B (224 x 224, 1000 classes), F (28 x 28 x 1, patch 4, 10 classes), PdxN (parity size: depth d, N tokens).
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <string>

#include "../fashion.hpp"
#include "../parity_size.hpp"
#include "../random_input.hpp"
#include "adatape/adatape.hpp"

namespace {

using namespace adatape;

struct Job {
  std::string mode, size;
  Index batch;
  int threads;
  double seconds;
  /// Of an engine: bf16 or int8, how it stores its kernels. Of a training step: recompute, one_leaf (TrainingOptions::leaves = 1), or bf16, its products. Or
  /// empty.
  std::string variant;
};

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

template <class Step>
void measure(const Job& job, double gflop, const Step& step) {
  for (int i = 0; i < 3; ++i) step();
  double start = now();
  step();
  const int repeats = std::max(1, static_cast<int>(0.03 / (now() - start)));
  std::vector<double> samples;
  start = now();
  while (samples.size() < 2 || now() - start < job.seconds) {
    const double t = now();
    for (int i = 0; i < repeats; ++i) step();
    samples.push_back((now() - t) / repeats * 1e3);
  }
  std::sort(samples.begin(), samples.end());
  const auto at = [&](double f) { return samples[std::min(samples.size() - 1, static_cast<std::size_t>(f * static_cast<double>(samples.size())))]; };
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("| %s | %s | %td | %d | adatape%s%s | nan (0) | %.2f | %.2f (%.2f..%.2f, n=%zu) | %.2f | %.1f | - | %ld |\n", job.mode.c_str(), job.size.c_str(),
              job.batch, job.threads, job.variant.empty() ? "" : " ", job.variant.c_str(), samples[0], at(.5), at(.25), at(.75), samples.size(), gflop, gflop / samples[0] * 1e3,
              usage.ru_maxrss / 1024);
}

template <class Model, class Stored>
void infer(const Job& job) {
  const auto input = bench::normal_values(job.batch * Model::input_size);
  const auto engine = [&] {
    Parameters<Model, float> parameters;
    initialise(parameters, 1);
    return std::make_unique<model::Engine<Model, Stored, float>>(parameters);
  }();
  Arena arena;
  const double macs = engine->run(std::span(input).first(static_cast<std::size_t>(Model::input_size)), arena).macs(0);
  measure(job, 2e-9 * macs * static_cast<double>(job.batch), [&] { engine->run(input, arena); });
}

template <class Model>
bool run(const Job& job) {
  if (job.mode == "infer") {
    if (job.variant == "bf16")
      infer<Model, Bf16>(job);
    else if (job.variant == "int8")
      infer<Model, std::int8_t>(job);
    else
      infer<Model, float>(job);
  } else {
    const auto input = bench::normal_values(job.batch * Model::input_size);
    double macs = 0;
    train::TrainingOptions options;
    options.objective.loss = ops::LossKind::softmax;
    options.optimizer.weight_decay = 0.05;
    options.settings.recompute = job.variant == "recompute";
    if (job.variant == "one_leaf") options.leaves = 1;
    if (job.variant == "bf16") options.products = Products::bf16;
    {
      Arena counting;
      typename Model::template Saved<float> saved;
      macs = Model::forward(*Parameters<Model, float>(), std::span(input).first(static_cast<std::size_t>(Model::input_size)), saved, Context{.arena = counting}).macs(0);
    }
    train::Trainer<Model> trainer(options);
    std::vector<std::int64_t> labels(static_cast<std::size_t>(job.batch));
    for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<std::int64_t>(i) % Model::classes;
    measure(job, 6e-9 * macs * static_cast<double>(job.batch), [&] { trainer.step({input, labels}); });
  }
  return true;
}

bool dispatch(const Job& job) {
  using model::Size;
  if (job.size == "Ti") return run<model::Vit<Size::Ti, 16>>(job);
  if (job.size == "S") return run<model::Vit<Size::S, 16>>(job);
  if (job.size == "B") return run<model::Vit<Size::B, 16>>(job);
  if (job.size == "F") return run<model::Classifier<bench::FashionVit>>(job);
  if (job.size == "P2x1") return run<model::Classifier<bench::ParitySize<2, 1>>>(job);
  if (job.size == "P2x16") return run<model::Classifier<bench::ParitySize<2, 16>>>(job);
  if (job.size == "P4x8") return run<model::Classifier<bench::ParitySize<4, 8>>>(job);
  if (job.size == "P4x16") return run<model::Classifier<bench::ParitySize<4, 16>>>(job);
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fprintf(stderr, "usage: %s infer|train SIZE BATCH THREADS [SECONDS] [recompute|one_leaf|bf16|int8]\n", argv[0]);
    return 2;
  }
  const Job job{argv[1], argv[2], std::atol(argv[3]), std::atoi(argv[4]), argc > 5 ? std::atof(argv[5]) : 2.0, argc > 6 ? argv[6] : ""};
  const auto one_of = [](const std::string& word, std::initializer_list<const char*> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
  };
  const bool known =
      (job.mode == "infer" && one_of(job.variant, {"", "bf16", "int8"})) || (job.mode == "train" && one_of(job.variant, {"", "recompute", "one_leaf", "bf16"}));
  if (!known || job.batch < 1 || job.threads < 1 || !(job.seconds > 0)) {
    std::fprintf(stderr, "%s: wanted infer or train, with a variant of it, and numbers above 0, found %s %s %s %s %s %s\n", argv[0], argv[1], argv[2], argv[3], argv[4],
                 argc > 5 ? argv[5] : "", job.variant.c_str());
    return 2;
  }
  set_threads(job.threads);
  if (dispatch(job)) return 0;
  std::fprintf(stderr, "%s: unknown size %s\n", argv[0], argv[2]);
  return 2;
}
