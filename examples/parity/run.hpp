#pragma once
/// One run of the parity task with one compiled-in model.
#include <fmt/format.h>

#include <chrono>
#include <fstream>

#include "adatape/adatape.hpp"
#include "adatape/io/checkpoint.hpp"

namespace adatape::parity {

/// What the command line says.
struct Options {
  std::string model = "adatape";
  Index length = 32, tape = 16, hidden = 64, layers = 2;
  double tau = 0;
  Index steps = 10000, batch = 128, warmup = 1000;
  double rate = 3e-5, ponder_weight = 0.01;
  std::uint64_t seed = 0;
  int threads = 0;
  std::filesystem::path out;
};

/// Samples of one step of one set, ready for a model.
struct ParityBatch {
  data::ParityTask task;
  std::vector<float> input;
  std::vector<std::int64_t> labels;

  void draw(std::uint64_t step, Index count) {
    const auto size = static_cast<std::size_t>(task.length * data::ParityTask::kSymbols);
    input.resize(static_cast<std::size_t>(count) * size);
    labels.resize(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = task.sample<float>(step, i, std::span(input).subspan(i * size, size));
  }
};

struct Accuracy {
  double percent = 0, mean_tape_length = 0;
};

/// Accuracy on `count` samples that training never sees.
template <class Model>
Accuracy test(const Parameters<Model, float>& parameters, const Options& options, Index count, Arena& arena) {
  ParityBatch batch{{.length = options.length, .seed = options.seed, .set = 1}, {}, {}};
  const model::Engine<Model> engine(parameters);
  Accuracy accuracy;
  constexpr Index at_once = 640;
  for (Index done = 0; done < count; done += at_once) {
    const Index samples = std::min(at_once, count - done);
    batch.draw(static_cast<std::uint64_t>(done), samples);
    const auto output = engine.run(std::span(batch.input).first(static_cast<std::size_t>(samples * Model::input_size)), arena, options.tau);
    for (Index b = 0; b < samples; ++b) {
      const float* logits = output.logits + 2 * b;
      accuracy.percent += (logits[1] > logits[0]) == (batch.labels[static_cast<std::size_t>(b)] == 1) ? 100.0 / static_cast<double>(count) : 0;
      accuracy.mean_tape_length += static_cast<double>(output.tape_length(b)) / static_cast<double>(count);
    }
  }
  return accuracy;
}

/// Trains, prints a line every 250 steps, ends with the accuracy on 6400 fresh samples.
template <class Model>
void run(const Options& options) {
  train::TrainingOptions training;
  training.objective.ponder_weight = options.ponder_weight;
  training.schedule = {train::Decay::cosine, options.rate, options.warmup, options.steps};
  training.settings.tau = options.tau;
  training.seed = options.seed;
  train::Trainer<Model> trainer(training);
  fmt::print("{}: {} parameters, length {}, seed {}\n", options.model, Parameters<Model, float>::count, options.length, options.seed);

  std::ofstream log;
  if (!options.out.empty()) {
    std::filesystem::create_directories(options.out);
    log.open(options.out / "log.jsonl");
    require(log.good(), (options.out / "log.jsonl").string(), ": cannot be written");
  }
  ParityBatch batch{{.length = options.length, .seed = options.seed, .set = 0}, {}, {}};
  Arena arena;
  const auto start = std::chrono::steady_clock::now();
  constexpr Index interval = 250;
  double loss = 0, correct = 0, tape = 0;
  for (Index step = 0; step < options.steps; ++step) {
    batch.draw(static_cast<std::uint64_t>(step), options.batch);
    const auto report = trainer.step({batch.input, batch.labels});
    loss += report.loss;
    correct += static_cast<double>(report.correct);
    tape += report.mean_tape_length;
    if ((step + 1) % interval != 0 && step + 1 != options.steps) continue;
    const Index since = step % interval + 1;
    const double n = static_cast<double>(since), seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    const double rate = static_cast<double>(step + 1) / seconds;
    const auto accuracy = test(trainer.parameters(), options, 1280, arena);
    fmt::print("step {:>6}/{}  {:.0f} steps/s, {:.0f} s left  loss {:.4f}  accuracy {:.2f} % (fresh {:.2f} %)  mean tape length {:.2f}\n", step + 1,
               options.steps, rate, static_cast<double>(options.steps - step - 1) / rate, loss / n, 100 * correct / n / static_cast<double>(options.batch),
               accuracy.percent, tape / n);
    std::fflush(stdout);
    if (log.is_open())
      log << fmt::format(R"({{"step": {}, "loss": {:.6g}, "accuracy": {:.4f}, "mean_tape_length": {:.4f}}})", step + 1, loss / n, accuracy.percent, tape / n)
          << std::endl;
    loss = correct = tape = 0;
  }
  const auto accuracy = test(trainer.parameters(), options, 6400, arena);
  if (!options.out.empty())
    io::save_checkpoint(options.out / "last.safetensors", trainer.parameters(),
                        {{"config", model::describe<typename Model::Config>()}, {"step", std::to_string(options.steps)}});
  fmt::print("final accuracy {:.2f} % on 6400 fresh samples, mean tape length {:.1f}\n", accuracy.percent, accuracy.mean_tape_length);
}

/// Run the compiled-in model of that family with the sizes asked for; false if there is none. One translation unit a family.
bool run_adatape(const Options& options);
bool run_vit(const Options& options);
bool run_universal(const Options& options);

}  // namespace adatape::parity
