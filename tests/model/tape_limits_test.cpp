#include <doctest/doctest.h>

#include <cmath>

#include "model_problem.hpp"

using namespace adatape;
using namespace adatape::testing;

namespace {

bool all_finite(std::span<const double> values) {
  return std::ranges::all_of(values, [](double value) { return std::isfinite(value); });
}

template <class Config>
Index total_tape(const ModelProblem<Config, double>& problem) {
  Arena arena;
  typename model::Classifier<Config>::template Saved<double> saved;
  const auto output = problem.forward(saved, arena);
  Index total = 0;
  for (Index b = 0; b < problem.samples; ++b) total += output.tape_length(b);
  return total;
}

}  // namespace

TEST_CASE_TEMPLATE("an empty tape: a mask over the whole bank, in training only", Config, verify::LearnTokenTwoFfn, verify::LearnTwoReads, verify::InputGap,
                   verify::ParityToken, verify::FixedLearn) {
  ModelProblem<Config, double> problem(3, 1);
  problem.settings.bernoulli_p = 1;
  CHECK(total_tape(problem) > 0);
  problem.training = true;
  CHECK(total_tape(problem) == 0);
  Parameters<model::Classifier<Config>, double> gradients;
  std::vector<double> dinput(problem.input.size(), 0.0);
  CHECK(std::isfinite(problem.backward(gradients, dinput)));
  CHECK(all_finite(gradients.flat()));
  CHECK(all_finite(dinput));
  for (const auto& entry : gradients.layout()) {
    const bool of_tape = entry.name().find("AddTapeToken") != std::string_view::npos || entry.name().find("tape_mlp") != std::string_view::npos ||
                         entry.name().find("_bank") != std::string_view::npos;
    CAPTURE(std::string(entry.name()));
    if (of_tape) CHECK(all_zero(gradients.values(entry)));
  }
}

TEST_CASE_TEMPLATE("a lower threshold reads less", Config, verify::LearnGap, verify::InputTwoReads, verify::ParityToken) {
  ModelProblem<Config, double> problem(5, 1);
  problem.settings.tau = Config::num_tape_tokens;
  const Index most = total_tape(problem);
  problem.settings.tau = 0.01;
  const Index fewest = total_tape(problem);
  problem.settings.tau = 0;
  CHECK(total_tape(problem) <= most);
  CHECK(fewest == problem.samples * static_cast<Index>(Config::add_tape_token_to_layers.size()));
  CHECK(fewest < most);
}

TEST_CASE("a threshold above T is refused in inference and training") {
  ModelProblem<verify::LearnGap, double> problem(1, 1);
  problem.settings.tau = 6.5;
  Arena arena;
  model::Classifier<verify::LearnGap>::Saved<double> saved;
  CHECK_THROWS_AS(problem.infer(arena), Error);
  CHECK_THROWS_AS(problem.forward(saved, arena), Error);
}

TEST_CASE("query noise and masks: reproducible, following the sample's number, in training only") {
  ModelProblem<verify::LearnGap, double> problem(3, 1);
  const auto logits = [&] {
    Arena arena;
    model::Classifier<verify::LearnGap>::Saved<double> saved;
    const auto output = problem.forward(saved, arena);
    return std::vector<double>(output.logits, output.logits + 3 * 7);
  };
  const auto plain = logits();
  for (const Settings& settings : {Settings{.query_noise = 0.5}, Settings{.bernoulli_p = 0.5}, Settings{.dropout = 0.2}, Settings{.stochastic_depth = 0.6}}) {
    problem.settings = settings;
    problem.training = false;
    CHECK(logits() == plain);
    problem.training = true;
    const auto first = logits();
    CHECK(first != plain);
    CHECK(logits() == first);
    std::swap(problem.numbers[0], problem.numbers[2]);
    CHECK(logits() != first);
    std::swap(problem.numbers[0], problem.numbers[2]);
  }
}
