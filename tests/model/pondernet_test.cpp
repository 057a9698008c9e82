#include <doctest/doctest.h>

#include "adatape/train/trainer.hpp"
#include "model_problem.hpp"
#include "threads.hpp"

using namespace adatape;
using namespace adatape::testing;
using Shared = verify::PonderNetShared;
using Unshared = verify::PonderNetUnshared;

namespace {

/// Softmax or sigmoid of a row.
std::vector<double> probabilities(const double* logits, Index classes, bool sigmoid) {
  std::vector<double> result(logits, logits + classes);
  double sum = 0;
  for (double& value : result) sum += value = sigmoid ? 1 / (1 + std::exp(-value)) : std::exp(value);
  if (!sigmoid)
    for (double& value : result) value /= sum;
  return result;
}

void check_close(const double* found, const double* wanted, Index count) {
  for (Index i = 0; i < count; ++i) CHECK(found[i] == doctest::Approx(wanted[i]).epsilon(1e-10));
}

}  // namespace

TEST_CASE_TEMPLATE("PonderNet: inference by the median answers with that prediction of the forward pass", Config, Shared, Unshared) {
  using Model = model::Classifier<Config>;
  const ModelProblem<Config, double> problem(9, 21);
  Arena of_forward, of_infer;
  typename Model::template Saved<double> saved;
  const auto steps = problem.forward(saved, of_forward);
  CHECK(steps.predictions == Config::act_max_steps);
  CHECK(steps.logits_matrix().rows() == 9 * Config::act_max_steps);
  const auto output = problem.infer(of_infer);
  CHECK(output.predictions == 1);
  CHECK(output.probability == nullptr);
  int fewest = 100, most = 0;
  for (Index b = 0; b < 9; ++b) {
    const Index row = steps.answer(b);
    CHECK(row == (output.trace.steps(b) - 1) * 9 + b);
    CHECK(output.answer(b) == b);
    check_close(output.logits + b * Model::classes, steps.logits + row * Model::classes, Model::classes);
    check_close(output.pooled + b * Model::D, steps.pooled + row * Model::D, Model::D);
    fewest = std::min(fewest, output.trace.steps(b));
    most = std::max(most, output.trace.steps(b));
  }
  CHECK(fewest < most);
}

TEST_CASE_TEMPLATE("PonderNet: an expectation is the mean of the probabilities of all steps", Config, Shared, Unshared) {
  using Model = model::Classifier<Config>;
  const ModelProblem<Config, double> problem(5, 21);
  Arena of_forward, of_infer;
  typename Model::template Saved<double> saved;
  const auto steps = problem.forward(saved, of_forward);
  const model::Engine<Model, double> engine(problem.parameters);
  for (const bool sigmoid : {false, true}) {
    const auto output = engine.run(problem.input, of_infer, {.halting = sigmoid ? HaltingRule::sigmoid_expectation : HaltingRule::softmax_expectation});
    CHECK(output.predictions == 1);
    for (Index b = 0; b < 5; ++b) {
      CHECK(output.trace.steps(b) == Config::act_max_steps);
      CHECK(output.ponder[b] == doctest::Approx(steps.ponder[b]).epsilon(1e-10));
      std::vector<double> wanted(Model::classes, 0.0), pooled(Model::D, 0.0);
      for (Index n = 0; n < Config::act_max_steps; ++n) {
        const double p = steps.probability[b * Config::act_max_steps + n];
        const auto of_step = probabilities(steps.logits + (n * 5 + b) * Model::classes, Model::classes, sigmoid);
        for (std::size_t c = 0; c < of_step.size(); ++c) wanted[c] += p * of_step[c];
        for (Index d = 0; d < Model::D; ++d) pooled[static_cast<std::size_t>(d)] += p * steps.pooled[(n * 5 + b) * Model::D + d];
      }
      check_close(probabilities(output.logits + b * Model::classes, Model::classes, sigmoid).data(), wanted.data(), Model::classes);
      check_close(output.pooled + b * Model::D, pooled.data(), Model::D);
      CHECK(output.is_finite(b));
    }
  }
}

TEST_CASE("PonderNet: an expectation of logits far apart is finite where it can be, and says where it is not") {
  using Model = model::Classifier<Shared>;
  ModelProblem<Shared, double> problem(3, 21);
  for (double& weight : problem.parameters->end.head.kernel.values) weight *= 1e4;
  const model::Engine<Model, double> engine(problem.parameters);
  Arena arena;
  for (const auto rule : {HaltingRule::softmax_expectation, HaltingRule::sigmoid_expectation}) {
    const auto output = engine.run(problem.input, arena, {.halting = rule});
    for (Index b = 0; b < 3; ++b) CHECK(output.is_finite(b));
  }
  problem.parameters->end.head.kernel.values[0] = std::numeric_limits<double>::quiet_NaN();
  const model::Engine<Model, double> spoilt(problem.parameters);
  for (const auto rule : {HaltingRule::median, HaltingRule::softmax_expectation, HaltingRule::sigmoid_expectation})
    CHECK(!spoilt.run(problem.input, arena, {.halting = rule}).is_finite(1));
}

TEST_CASE("PonderNet: draws have sample numbers, by default the places in the whole call, whatever the parts and threads") {
  using Model = model::Classifier<Unshared>;
  const ModelProblem<Unshared, float> problem(70, 9);
  const model::Engine<Model> engine(problem.parameters);
  std::vector<Index> steps[3];
  for (int count : {1, 2, 3}) {
    const Threads threads(count);
    Arena together, alone;
    const auto whole = engine.run(problem.input, together, {.halting = HaltingRule::sample}, {.seed = 3});
    for (Index b = 0; b < 70; ++b) {
      const auto number = static_cast<std::uint64_t>(b);
      const auto input = std::span(problem.input).subspan(static_cast<std::size_t>(b * Model::input_size), static_cast<std::size_t>(Model::input_size));
      const auto one = engine.run(input, alone, {.halting = HaltingRule::sample}, {.seed = 3, .sample_numbers = std::span(&number, 1)});
      CHECK(whole.trace.steps(b) == one.trace.steps(0));
      CHECK(std::equal(one.logits, one.logits + Model::classes, whole.logits + b * Model::classes));
      CHECK(whole.trace.lambda_of(b).back() == one.trace.lambda_of(0).back());
      CHECK(whole.trace.probability_of(b)[0] == one.trace.probability_of(0)[0]);
      steps[count - 1].push_back(whole.trace.steps(b));
    }
  }
  CHECK(steps[0] == steps[1]);
  CHECK(steps[0] == steps[2]);
  Arena arena;
  const auto other = engine.run(problem.input, arena, {.halting = HaltingRule::sample}, {.seed = 4});
  Index changed = 0;
  for (Index b = 0; b < 70; ++b) changed += other.trace.steps(b) != steps[0][static_cast<std::size_t>(b)];
  CHECK(changed > 10);
}

TEST_CASE("PonderNet: what a halting rule cannot mean is refused with a sentence") {
  const ModelProblem<Shared, float> problem(3, 9);
  const model::Engine<model::Classifier<Shared>> engine(problem.parameters);
  Arena arena;
  const std::vector<std::uint64_t> numbers{1, 2};
  CHECK_THROWS_WITH_AS(engine.run(problem.input, arena, {.halting = HaltingRule::sample}, {.sample_numbers = numbers}),
                       "Engine::run: wanted a number for each of 3 samples, found 2", Error);
  CHECK_THROWS_WITH_AS(engine.run(problem.input, arena, {.keep_tokens = true, .halting = HaltingRule::softmax_expectation}),
                       "settings: wanted keep_tokens or the halting rule of an expectation, found both", Error);
  CHECK_THROWS_WITH_AS(engine.run(problem.input, arena, {.halting = static_cast<HaltingRule>(9)}),
                       "settings: halting must be median, sample, softmax_expectation or sigmoid_expectation, found the number 9", Error);
  const ModelProblem<verify::ActBasic, float> act(3, 9);
  const model::Engine<model::Classifier<verify::ActBasic>> other(act.parameters);
  CHECK_THROWS_WITH_AS(other.run(act.input, arena, {.halting = HaltingRule::sample}), "settings: wanted no halting rule for a model that is no PonderNet",
                       Error);
  CHECK(engine.run(problem.input, arena, {.keep_tokens = true}).tokens.rows() == 3 * model::Classifier<Shared>::own_tokens);
  CHECK(engine.run(std::span<const float>{}, arena, {.halting = HaltingRule::softmax_expectation}).samples == 0);
}

TEST_CASE("PonderNet: gradients that backward takes, as Eigen matrices") {
  using Model = model::Classifier<Shared>;
  const ModelProblem<Shared, float> problem(3, 9);
  Arena arena;
  typename Model::Saved<float> saved;
  const auto output = problem.forward(saved, arena);
  const RowMatrix<float> dlogits = RowMatrix<float>::Random(3 * Model::predictions, Model::classes), dp = RowMatrix<float>::Random(3, Model::predictions);
  const Eigen::VectorXf dponder = Eigen::VectorXf::Random(3);
  const auto gradient = output.gradient(dlogits, dponder, dp);
  CHECK(gradient.dlogits == dlogits.data());
  CHECK(gradient.dponder == dponder.data());
  CHECK(gradient.dprobability == dp.data());
  CHECK_THROWS_WITH_AS(output.gradient(dlogits.topRows(3), dponder, dp), "gradient of the logits: wanted a matrix of 15 rows, found 3", Error);
  CHECK_THROWS_WITH_AS(output.gradient(dlogits, dponder, dp.topRows(2)), "gradient of the probabilities: wanted a matrix of 3 rows, found 2", Error);
}

TEST_CASE_TEMPLATE("PonderNet: the trainer brings the loss down, and learns when to halt", Config, Shared, Unshared) {
  using Model = model::Classifier<Config>;
  const ModelProblem<Config, float> problem(8, 3);
  train::Trainer<Model> trainer({.objective = {.ponder_weight = 0.01}, .schedule = {.base = 3e-3}});
  const auto before = trainer.step({problem.input, problem.labels});
  train::StepReport after;
  for (int step = 0; step < 60; ++step) after = trainer.step({problem.input, problem.labels});
  CHECK(after.loss < 0.2 * before.loss);
  CHECK(after.correct == 8);
  CHECK(after.mean_ponder > 0);
  Arena arena;
  const auto output = model::Engine<Model>(trainer.parameters()).run(problem.input, arena);
  for (Index b = 0; b < 8; ++b) {
    const float* const row = output.logits + b * Model::classes;
    CHECK(std::max_element(row, row + Model::classes) - row == problem.labels[static_cast<std::size_t>(b)]);
  }
}
