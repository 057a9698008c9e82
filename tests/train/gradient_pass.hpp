#pragma once
/// Forward and backward of a batch, with products of a choice.
#include <cmath>
#include <vector>

#include "../model/check_invariance.hpp"

namespace adatape::testing {

/// Gradients of a batch, and what the model decided on the way.
struct Pass {
  std::vector<float> gradients;
  std::vector<Index> choices;
};
template <class Config>
Pass pass(const ModelProblem<Config, float>& problem, Products products, bool recompute = false) {
  using Model = model::Classifier<Config>;
  Arena arena;
  const Context context{
      .arena = arena, .settings = {.dropout = 0.1, .recompute = recompute}, .training = true, .sample_numbers = problem.numbers, .products = products};
  typename Model::template Saved<float> saved;
  const auto output = Model::forward(*problem.parameters, problem.all(), saved, context);
  Parameters<Model, float> gradients;
  Model::backward(*problem.parameters, saved, problem.evaluate(output, arena).gradient, *gradients, {}, context);
  return {{gradients.flat().begin(), gradients.flat().end()}, choices_of<Config>(output)};
}

/// Of the angle between two gradients.
inline double cosine(const std::vector<float>& x, const std::vector<float>& y) {
  double xy = 0, xx = 0, yy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double a = static_cast<double>(x[i]), b = static_cast<double>(y[i]);
    xy += a * b, xx += a * a, yy += b * b;
  }
  return xy / std::sqrt(xx * yy);
}

}  // namespace adatape::testing
