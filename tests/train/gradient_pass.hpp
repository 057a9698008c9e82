#pragma once
/// Forward and backward of a batch, with products of a choice.
#include <doctest/doctest.h>

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

/// In problems with the seeds 1 to `seeds`: the gradient with products of bf16 has almost the direction of that of fp32, and the same bits with recompute.
/// Problems in which the two kinds of products decide otherwise are left out; at least `least` are compared.
template <class Config>
void check_bf16_gradients(std::uint64_t seeds, Index least) {
  Index compared = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    CAPTURE(seed);
    const ModelProblem<Config, float> problem(3, seed);
    const auto wanted = pass(problem, Products::f32), found = pass(problem, Products::bf16);
    CHECK(found.gradients != wanted.gradients);
    CHECK(pass(problem, Products::bf16, true).gradients == found.gradients);
    if (found.choices != wanted.choices) continue;
    ++compared;
    CHECK(cosine(found.gradients, wanted.gradients) > 0.9995);
  }
  CHECK(compared >= least);
}

}  // namespace adatape::testing
