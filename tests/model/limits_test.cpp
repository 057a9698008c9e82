#include <doctest/doctest.h>

#include <cmath>

#include "model_problem.hpp"

using namespace adatape;
using namespace adatape::testing;

TEST_CASE_TEMPLATE("a batch of no samples", Config, verify::LearnTokenTwoFfn, verify::InputTwoReads, verify::ActBasic, verify::VitGap) {
  ModelProblem<Config, double> problem(0, 1);
  Parameters<model::Classifier<Config>, double> gradients;
  std::vector<double> dinput;
  CHECK(problem.backward(gradients, dinput) == 0);
  CHECK(all_zero(gradients.flat()));
  Arena arena;
  CHECK(problem.infer(arena).samples == 0);
}

TEST_CASE_TEMPLATE("all samples masked: loss 0, gradients 0", Config, verify::LearnTwoReads, verify::InputGap, verify::ActAccumulated) {
  ModelProblem<Config, double> problem(3, 1);
  problem.weights = {0, 0, 0};
  Parameters<model::Classifier<Config>, double> gradients;
  std::vector<double> dinput(problem.input.size(), 0.0);
  CHECK(problem.backward(gradients, dinput) == 0);
  CHECK(all_zero(gradients.flat()));
  CHECK(all_zero(dinput));
}

TEST_CASE_TEMPLATE("a masked sample leaves the other samples' loss and gradients as if it were not there", Config, verify::LearnTwoReads, verify::ActMixed) {
  using Model = model::Classifier<Config>;
  ModelProblem<Config, double> whole(3, 1), part(3, 1);
  whole.weights = {1, 1, 0};
  part.samples = 2;
  part.labels.pop_back();
  part.numbers.pop_back();
  part.input.resize(static_cast<std::size_t>(2 * Model::input_size));
  Parameters<Model, double> whole_gradients, part_gradients;
  std::vector<double> whole_dinput(whole.input.size(), 0.0), part_dinput(part.input.size(), 0.0);
  CHECK(whole.backward(whole_gradients, whole_dinput) == doctest::Approx(part.backward(part_gradients, part_dinput)).epsilon(1e-14));
  for (std::size_t i = 0; i < whole_gradients.flat().size(); ++i)
    if (!(std::abs(whole_gradients.flat()[i] - part_gradients.flat()[i]) <= 1e-13)) FAIL_CHECK("parameter " << i);
}

TEST_CASE_TEMPLATE("NaN in one sample: its logits are NaN, lengths stay within bounds, the other samples are as they were", Config, verify::LearnTwoReads,
                   verify::InputTokenTwoFfn, verify::ParityGap, verify::ActBasic, verify::ActAccumulated) {
  using Model = model::Classifier<Config>;
  ModelProblem<Config, double> problem(3, 1);
  Arena clean_arena, arena;
  const auto clean = problem.infer(clean_arena);
  problem.input[static_cast<std::size_t>(Model::input_size)] = std::numeric_limits<double>::quiet_NaN();
  const auto output = problem.infer(arena);
  for (Index b = 0; b < 3; ++b)
    for (Index c = 0; c < Model::classes; ++c) {
      const double logit = output.logits[b * Model::classes + c];
      CHECK((b == 1 ? std::isnan(logit) : logit == clean.logits[b * Model::classes + c]));
    }
  if constexpr (Model::reads_tape)
    for (const auto& read : output.trace.read)
      for (Index length : read.length) CHECK((length >= 0 && length <= Config::num_tape_tokens));
}
