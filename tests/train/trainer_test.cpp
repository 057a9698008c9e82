#include "adatape/train/trainer.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <thread>

#include "larger.hpp"
#include "threads.hpp"
#include "trained_model.hpp"

using namespace adatape;
using namespace adatape::testing;

namespace {

train::TrainingOptions options() {
  return {.objective = {.loss = ops::LossKind::softmax, .label_smoothing = 0.1},
          .schedule = {train::Decay::cosine, 1e-2, 2, 10},
          .optimizer = {.weight_decay = 0.01},
          .clip_norm = 1,
          .settings = {.dropout = 0.1, .stochastic_depth = 0.1, .query_noise = 0.1, .bernoulli_p = 0.1},
          .seed = 4};
}

/// Another batch for every step.
struct Data {
  ModelProblem<Config, float> problem;
  explicit Data(Index step) : problem(5, static_cast<std::uint64_t>(50 + step)) {}
  Trainer::Batch batch() const { return {problem.input, problem.labels, {}, problem.numbers}; }
};

void run(Trainer& trainer, Index steps) {
  for (Index i = 0; i < steps; ++i) trainer.step(Data(trainer.step_number()).batch());
}

}  // namespace

TEST_CASE("trainer: stopping and resuming gives the same bits") {
  Trainer whole(options()), before(options());
  run(whole, 6);
  run(before, 3);
  auto other = options();
  other.seed = 4;
  Trainer after(other);
  after.parameters() = before.parameters();
  after.optimizer().first = before.optimizer().first;
  after.optimizer().second = before.optimizer().second;
  after.set_step_number(before.step_number());
  run(after, 3);
  CHECK(after.step_number() == 6);
  CHECK(same_bits<float>(after.parameters().flat(), whole.parameters().flat()));
  CHECK(same_bits<float>(after.optimizer().first.flat(), whole.optimizer().first.flat()));
  CHECK(same_bits<float>(after.optimizer().second.flat(), whole.optimizer().second.flat()));
}

TEST_CASE("trainer: any number of threads gives the same bits, with any number of leaves") {
  for (Index leaves : {1, 2, 3, 4, 7}) {
    auto several_leaves = options();
    several_leaves.values_at_once = 2 * sample_values;
    several_leaves.leaves = leaves;
    Trainer one(several_leaves);
    {
      const Threads threads(1);
      run(one, 3);
    }
    for (int count : {2, 3, 8}) {
      const Threads threads(count);
      Trainer several(several_leaves);
      run(several, 3);
      CHECK(same_bits<float>(several.parameters().flat(), one.parameters().flat()));
    }
  }
}

TEST_CASE("trainer: several run at once, each on a thread of its own that changes its number of threads between steps") {
  auto of_run = options();
  of_run.leaves = 3;
  std::vector<std::vector<float>> found(4);
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < found.size(); ++t)
      threads.emplace_back([&, t] {
        Trainer trainer(of_run);
        for (int step = 0; step < 4; ++step) {
          set_threads(1 + (3 * step + static_cast<int>(t)) % 4);
          run(trainer, 1);
        }
        found[t].assign(trainer.parameters().flat().begin(), trainer.parameters().flat().end());
      });
  }
  for (const auto& parameters : found) CHECK(same_bits<float>(parameters, found[0]));
}

TEST_CASE("trainer: the parts of a batch add up to the batch, and need less memory") {
  const Data data(0);
  Trainer whole(options());
  whole.accumulate(data.batch());
  const auto expected = whole.apply();
  for (Index values : {Index{1}, 2 * sample_values}) {
    auto in_parts = options();
    in_parts.values_at_once = values;
    in_parts.leaves = values == 1 ? 1 : 2;
    Trainer trainer(in_parts);
    trainer.accumulate(data.batch());
    const auto report = trainer.apply();
    CHECK(report.loss == doctest::Approx(expected.loss).epsilon(1e-6));
    CHECK(report.gradient_norm == doctest::Approx(expected.gradient_norm).epsilon(1e-6));
    CHECK((report.counted == expected.counted && report.correct == expected.correct));
    CHECK(report.mean_tape_length == doctest::Approx(expected.mean_tape_length));
    CHECK(report.mean_ponder == doctest::Approx(expected.mean_ponder).epsilon(1e-6));
    double worst = 0;
    for (std::size_t i = 0; i < whole.gradients().flat().size(); ++i)
      worst = larger(worst, static_cast<double>(std::abs(trainer.gradients().flat()[i] - whole.gradients().flat()[i])));
    CHECK(worst < 1e-6 * expected.gradient_norm);
    if (in_parts.leaves == 1) CHECK(trainer.peak_arena_bytes() < whole.peak_arena_bytes() / 2);
  }
}

TEST_CASE("trainer: with the largest values_at_once a batch is one part, and one leaf unless the options want more") {
  const Data data(0);
  for (const Index leaves : {0, 1}) {
    auto huge = options(), large = options();
    huge.leaves = leaves;
    huge.values_at_once = std::numeric_limits<Index>::max();
    large.leaves = 1;
    large.values_at_once = 100 * sample_values;
    Trainer found(huge), wanted(large);
    found.accumulate(data.batch());
    wanted.accumulate(data.batch());
    CHECK(same_bits<float>(found.gradients().flat(), wanted.gradients().flat()));
    CHECK(found.peak_arena_bytes() == wanted.peak_arena_bytes());
  }
}

TEST_CASE("trainer: learns a batch by heart, and the gaps between tensors stay zero") {
  auto plain = options();
  plain.settings = {};
  plain.objective.label_smoothing = 0;
  plain.schedule = {train::Decay::constant, 1e-2};
  Trainer trainer(plain);
  const Data data(0);
  const double first = trainer.step(data.batch()).loss;
  train::StepReport last;
  for (int i = 0; i < 40; ++i) last = trainer.step(data.batch());
  CHECK(last.loss < first / 5);
  CHECK(last.correct == 5);
  CHECK(last.mean_tape_length > 0);
  std::vector<bool> is_gap(trainer.parameters().flat().size(), true);
  for (const auto& entry : Parameters<Model, float>::layout())
    for (Index i = 0; i < entry.size; ++i) is_gap[static_cast<std::size_t>(entry.offset + i)] = false;
  for (std::size_t i = 0; i < is_gap.size(); ++i)
    if (is_gap[i] && trainer.parameters().flat()[i] != 0) FAIL_CHECK("gap at " << i);
}

TEST_CASE("trainer: a loss that is not finite is refused and changes nothing") {
  Trainer trainer(options());
  run(trainer, 2);
  const auto before = trainer.parameters();
  const auto first = trainer.optimizer().first;
  Data bad(2);
  bad.problem.input[3] = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_AS(trainer.step(bad.batch()), Error);
  CHECK(trainer.step_number() == 2);
  CHECK(same_bits<float>(trainer.parameters().flat(), before.flat()));
  CHECK(same_bits<float>(trainer.optimizer().first.flat(), first.flat()));
  CHECK_NOTHROW(run(trainer, 1));
}

TEST_CASE("trainer: samples of weight 0 are left out, whatever they hold") {
  Trainer with_others(options()), without(options());
  const ModelProblem<Config, float> problem(5, 60);
  auto input = problem.input;
  auto labels = problem.labels;
  std::fill_n(input.begin() + 2 * Model::input_size, Model::input_size, std::numeric_limits<float>::quiet_NaN());
  labels[2] = -1;
  const std::vector<float> weights{1, 1, 0, 1, 1};
  const auto report = with_others.step({input, labels, weights, problem.numbers});
  CHECK(report.counted == 4);

  const auto cut = [](auto values, Index size) {
    values.erase(values.begin() + 2 * size, values.begin() + 3 * size);
    return values;
  };
  const auto rest = cut(problem.input, Model::input_size);
  const auto rest_labels = cut(problem.labels, 1);
  const auto rest_numbers = cut(problem.numbers, 1);
  CHECK(without.step({rest, rest_labels, {}, rest_numbers}).loss == report.loss);
  CHECK(std::ranges::equal(with_others.parameters().flat(), without.parameters().flat()));

  const std::vector<float> none(5, 0.f);
  CHECK(with_others.accumulate({input, labels, none, problem.numbers}).loss == 0);
}

TEST_CASE("trainer: batches that do not fit are refused and change nothing") {
  Trainer trainer(options());
  const auto before = trainer.parameters();
  Data data(0);
  CHECK_THROWS_AS(trainer.step({std::span<const float>(data.problem.input).first(10), data.problem.labels}), Error);
  data.problem.labels[0] = 7;
  CHECK_THROWS_AS(trainer.step(data.batch()), Error);
  CHECK(same_bits<float>(trainer.parameters().flat(), before.flat()));
  CHECK(trainer.step_number() == 0);
}

TEST_CASE("clipping: the global norm, and the factor that brings it down") {
  const std::vector<double> values{3, 0, -4};
  CHECK(train::global_norm<double>(values) == 5);
  CHECK(train::global_norm<double>({}) == 0);
  const std::vector<float> many(100000, 0.5f);
  CHECK(train::global_norm<float>(many) == doctest::Approx(std::sqrt(25000.0)).epsilon(1e-12));
  CHECK(train::clip_factor(5, 2) == doctest::Approx(0.4));
  CHECK(train::clip_factor(1, 2) == 1);
  CHECK(train::clip_factor(5, 0) == 1);
}

TEST_CASE("trainer: options that cannot be meant are refused when they are taken, and nothing has changed") {
  const auto refuses = [](const auto& spoil) {
    auto bad = options();
    spoil(bad);
    CHECK_THROWS_AS(Trainer{bad}, Error);
    Trainer trainer(options());
    CHECK_THROWS_AS(trainer.set_options(bad), Error);
    CHECK(trainer.options().clip_norm == 1);
    CHECK_NOTHROW(run(trainer, 1));
  };
  const double not_a_number = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
  for (double rate : {1.0, 1.5, -0.1, not_a_number, infinity}) {
    refuses([&](auto& bad) { bad.settings.dropout = rate; });
    refuses([&](auto& bad) { bad.settings.stochastic_depth = rate; });
  }
  for (double p : {1.5, -0.1, not_a_number}) {
    refuses([&](auto& bad) { bad.settings.bernoulli_p = p; });
    refuses([&](auto& bad) { bad.objective.label_smoothing = p; });
  }
  for (double value : {-0.1, not_a_number, infinity}) {
    refuses([&](auto& bad) { bad.settings.query_noise = value; });
    refuses([&](auto& bad) { bad.settings.tau = value; });
    refuses([&](auto& bad) { bad.schedule.base = value; });
    refuses([&](auto& bad) { bad.optimizer.weight_decay = value; });
    refuses([&](auto& bad) { bad.clip_norm = value; });
    refuses([&](auto& bad) { bad.objective.ponder_weight = value; });
  }
  refuses([](auto& bad) { bad.optimizer.beta1 = 1; });
  refuses([](auto& bad) { bad.optimizer.beta2 = 1 - 1e-9; });  // 1 in float
  refuses([](auto& bad) { bad.optimizer.epsilon = 1e-40; });
  refuses([](auto& bad) { bad.objective.classes = Model::classes + 1; });
  refuses([](auto& bad) { bad.objective.head_bias = -1e39; });  // infinite in float
  refuses([](auto& bad) { bad.objective.ponder_weight = 1e39; });
  refuses([](auto& bad) { bad.leaves = -1; });
  refuses([](auto& bad) { bad.values_at_once = 0; });
  Trainer trainer(options());
  CHECK_THROWS_AS(trainer.set_step_number(-1), Error);
}

TEST_CASE("trainer: without any options it trains, with the ponder weight of its configuration") {
  Trainer trainer({});
  CHECK(trainer.options().objective.ponder_weight == Config::ponder_weight);
  const Data data(0);
  const double first = trainer.step(data.batch()).loss;
  train::StepReport last;
  for (int i = 0; i < 60; ++i) last = trainer.step(data.batch());
  CHECK(last.rate == 1e-3);
  CHECK(last.loss < first);
}

TEST_CASE("trainer: options that are replaced have effect") {
  Trainer changed(options()), same(options());
  auto other = options();
  other.optimizer.weight_decay = 0.5;
  changed.set_options(other);
  run(changed, 3);  // the rate of the first step is 0
  run(same, 3);
  CHECK(!same_bits<float>(changed.parameters().flat(), same.parameters().flat()));
}

TEST_CASE("trainer: a rate that is finite in double and infinite in float is refused, and nothing has changed") {
  auto steep = options();
  steep.schedule = {train::Decay::constant, 1e300};
  Trainer trainer(steep);
  const auto before = trainer.parameters();
  CHECK_THROWS_AS(trainer.step(Data(0).batch()), Error);
  CHECK(same_bits<float>(trainer.parameters().flat(), before.flat()));
  CHECK(trainer.step_number() == 0);
}

TEST_CASE("trainer: a gradient whose square overflows is refused, and nothing has changed") {
  auto plain = options();
  plain.clip_norm = 0;
  Trainer trainer(plain);
  run(trainer, 2);
  float large = 1e24f;
  for (float& value : trainer.parameters()->end.head.kernel.values) value = large = -large;
  const auto before = trainer.parameters();
  const auto second = trainer.optimizer().second;
  CHECK_THROWS_AS(trainer.step(Data(2).batch()), Error);
  CHECK(same_bits<float>(trainer.parameters().flat(), before.flat()));
  CHECK(same_bits<float>(trainer.optimizer().second.flat(), second.flat()));
}
