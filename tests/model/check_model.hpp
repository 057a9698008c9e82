#pragma once
/// Gradients of whole models.
#include "gradient_check.hpp"
#include "model_problem.hpp"

namespace adatape::testing {

template <class Config>
void check_model(ModelProblem<Config, double>& problem, std::size_t places, bool check_input) {
  using Model = model::Classifier<Config>;
  Arena arena;
  GradientCheck check(
      [&] {
        arena.reset();
        typename Model::template Saved<double> saved;
        const auto output = problem.forward(saved, arena);
        return Evaluation{problem.evaluate(output, arena).loss, choices_of<Config>(output)};
      },
      places);
  Parameters<Model, double> gradients;
  auto dinput = problem.no_gradient();
  problem.backward(gradients, dinput);
  check.check(problem.parameters, gradients);
  const std::vector<double> dbank(dinput.begin() + std::ssize(problem.input), dinput.end());
  dinput.resize(problem.input.size());
  if (check_input) check.check("input", problem.input, dinput);
  if (check_input && !dbank.empty()) check.check("bank", problem.bank, dbank);
  check.finish();
}

/// A batch of three, once as it comes and once with everything that acts in training only.
template <class Config>
void check_golden_model() {
  ModelProblem<Config, double> problem(3, 8);
  // Equal symbols are equal bank tokens: any change of a one-hot input decides a tie.
  constexpr bool tied = ModelProblem<Config, double>::one_hot;
  check_model<Config>(problem, 3, !tied);
  if (tied) problem.input = random_values<double>(static_cast<Index>(problem.input.size()), 9);
  problem.training = true;
  problem.settings = {.dropout = 0.1, .stochastic_depth = 0.3, .query_noise = 0.2, .bernoulli_p = 0.1};
  problem.objective = {.loss = ops::LossKind::sigmoid, .label_smoothing = 0.1, .ponder_weight = 0.2};
  problem.weights = {1, 0, 1};
  problem.sharpen(1.6);
  check_model<Config>(problem, 1, true);
}

}  // namespace adatape::testing
