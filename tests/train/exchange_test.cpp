#include "adatape/train/exchange.hpp"

#include <doctest/doctest.h>

#include "adatape/model/parity.hpp"
#include "thread_exchange.hpp"
#include "threads.hpp"
#include "trained_model.hpp"

using namespace adatape;
using namespace adatape::testing;

namespace {

using OfParity = model::ParityAdaTape<16>;  // 4 chunks of parameters
constexpr Index samples = 21, leaves = 16;
static_assert(Parameters<OfParity, float>::flat_size > 3 * train::kExchangeChunk);

train::TrainingOptions of_run() {
  return {.objective = {.loss = ops::LossKind::softmax},
          .schedule = {.base = 1e-3},
          .optimizer = {.weight_decay = 0.01},
          .rules = train::frozen("MlpBlock_0/Dense_0"),
          .average = {.decay = 0.9},
          .clip_norm = 0.1,
          .settings = {.dropout = 0.1},
          .leaves = leaves,
          .seed = 3};
}

struct Result {
  std::vector<float> parameters, average, moments;
  std::vector<double> reports;
  bool operator==(const Result&) const = default;
};

/// Three steps of two batches each, the second with samples of weight 0.
template <class Trainer>
Result run(Trainer& trainer) {
  const auto input = random_values<float>(2 * samples * OfParity::input_size, 7);
  std::vector<std::int64_t> labels(static_cast<std::size_t>(2 * samples));
  std::vector<float> weights(labels.size(), 1.f);
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<std::int64_t>(i % 3 == 0);
  for (const std::size_t i : {23u, 24u, 30u}) weights[i] = 0;
  Result result;
  for (int step = 0; step < 3; ++step) {
    trainer.zero_gradients();
    for (Index batch = 0; batch < 2; ++batch) {
      const auto mine = trainer.positions(samples);
      const auto first = static_cast<std::size_t>(batch * samples + mine.first), count = static_cast<std::size_t>(mine.size());
      const auto size = static_cast<std::size_t>(OfParity::input_size);
      typename Trainer::Batch part{std::span(input).subspan(first * size, count * size), std::span(labels).subspan(first, count)};
      part.weights = std::span(weights).subspan(first, count);
      part.first = mine.first;
      part.whole = samples;
      const auto report = trainer.accumulate(part);
      result.reports.insert(result.reports.end(), {report.loss, report.weight, static_cast<double>(report.correct), report.mean_tape_length});
    }
    const auto report = trainer.apply();
    result.reports.insert(result.reports.end(), {report.loss, report.gradient_norm, static_cast<double>(report.counted)});
  }
  result.parameters.assign(trainer.parameters().flat().begin(), trainer.parameters().flat().end());
  const auto optimizer = trainer.whole_optimizer();
  for (const auto* moments : {&optimizer.first, &optimizer.second}) result.moments.insert(result.moments.end(), moments->flat().begin(), moments->flat().end());
  result.average.assign(trainer.average()->flat().begin(), trainer.average()->flat().end());
  return result;
}

using Together = train::Trainer<OfParity, float, train::CrossEntropy, train::AdamW, ThreadExchange>;

}  // namespace

TEST_CASE("exchange: any number of processes gives the bits of one") {
  train::Trainer<OfParity> alone(of_run());
  const auto wanted = run(alone);
  CHECK(wanted.reports[2 * 4 + 2] == 2 * samples - 3);
  for (const Index processes : {1, 2, 3, 4, 5, 8, 16}) {
    CAPTURE(processes);
    std::vector<Result> found(static_cast<std::size_t>(processes));
    std::vector<std::size_t> moments(found.size());
    std::vector<Index> ready_early(found.size());
    with_exchanges(processes, [&](ThreadExchange exchange) {
      set_threads(1);
      exchange.deals = processes % 2 == 0;
      Together trainer(of_run(), exchange);
      const auto at = static_cast<std::size_t>(exchange.number);
      found[at] = run(trainer);
      moments[at] = trainer.optimizer().first.bytes();
      ready_early[at] = trainer.exchange().ready_early;
    });
    bool equal = true;
    for (const Result& result : found) equal = equal && result == wanted;
    CHECK(equal);
    for (const std::size_t bytes : moments) CHECK(bytes <= train::kExchangeChunk * sizeof(float) * static_cast<std::size_t>((3 + processes) / processes));
    for (const Index chunks : ready_early) CHECK((processes == 1 || chunks > 0));
  }
}

TEST_CASE("exchange: processes without leaves, and batches of other samples, are refused") {
  const auto input = random_values<float>(4 * OfParity::input_size, 7);
  const std::vector<std::int64_t> labels(4);
  std::vector<std::string> found(2);
  with_exchanges(2, [&](ThreadExchange exchange) {
    set_threads(1);
    auto options = of_run();
    Together trainer(options, exchange);
    try {
      trainer.accumulate({input, labels});
    } catch (const Error& error) {
      found[static_cast<std::size_t>(exchange.number)] = error.what();
    }
    options.leaves = 1;
    trainer.set_options(options);
    CHECK_THROWS_WITH_AS(trainer.positions(4), "exchange: wanted at least 2 leaves, found 1", Error);
  });
  for (const auto& message : found) CHECK(message == "exchange: wanted leaves from 4 on, found 0 to 3");
}

TEST_CASE("exchange: a batch of samples that are no whole leaves, or of a part of the leaves of one process, is refused") {
  const auto input = random_values<float>(4 * OfParity::input_size, 7);
  const std::vector<std::int64_t> labels(4);
  train::Trainer<OfParity> trainer(of_run());
  train::Trainer<OfParity>::Batch batch{input, labels};
  batch.first = 4, batch.whole = 8;
  CHECK_THROWS_WITH_AS(trainer.accumulate(batch), "training batch: wanted all 8 leaves in a run of one process, found 4 to 7", Error);
  batch.first = 3, batch.whole = 40;
  CHECK_THROWS_WITH_AS(trainer.accumulate(batch), "training batch: wanted the samples of whole leaves of 40 samples, the first leaf 0 to 1, found 3 to 6",
                       Error);
}
