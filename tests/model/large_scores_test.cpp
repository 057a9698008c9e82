/// Whole models whose attention scores are huge: what is finite in double is finite in float.
#include <doctest/doctest.h>

#include "model_problem.hpp"

using namespace adatape;
using namespace adatape::testing;

namespace {

struct NarrowVit : model::ModelDefaults {
  static constexpr std::array<int, 3> image{8, 8, 1};
  static constexpr int patch_size = 2, hidden_size = 48, num_heads = 2, split_tt = 3, mlp_dim = 32, num_layers = 3, num_classes = 5;  // head width 24
  static constexpr std::array<int, 0> add_tape_token_to_layers{};
};
struct NarrowTape : NarrowVit {
  static constexpr std::array<int, 1> add_tape_token_to_layers{1};
  static constexpr int num_tape_tokens = 4, patch_bank_size = 2, tt_mlp_dim = 8;
};

/// Multiplies query and key kernels. Inputs are alike, so that their scores are nearly equal as well as huge.
template <class Problem>
void enlarge_scores(Problem& problem, double factor) {
  int enlarged = 0;
  for (const auto& entry : problem.parameters.layout())
    if (entry.name().ends_with("query/kernel") || entry.name().ends_with("key/kernel")) {
      ++enlarged;
      for (auto& value : problem.parameters.values(entry)) value *= static_cast<std::remove_reference_t<decltype(value)>>(factor);
    }
  REQUIRE(enlarged >= 2);
}

}  // namespace

TEST_CASE_TEMPLATE("models: query and key kernels times 1e5 leave logits, loss and gradients finite in float", Config, NarrowVit, NarrowTape) {
  for (const double factor : {1e2, 1e5, 1e7}) {
    CAPTURE(factor);
    ModelProblem<Config, float> problem(3, 4);
    ModelProblem<Config, double> problem_d(3, 4);
    enlarge_scores(problem, factor);
    enlarge_scores(problem_d, factor);
    Arena arena, arena_d, other;
    const auto inferred = problem.infer(arena);
    const auto wanted = problem_d.infer(arena_d);
    typename ModelProblem<Config, float>::Model::template Saved<float> saved;
    const auto trained = problem.forward(saved, other);
    for (Index i = 0; i < problem.samples * Config::num_classes; ++i) {
      CHECK(std::isfinite(wanted.logits[i]));
      CHECK(std::isfinite(inferred.logits[i]));
      // Scores of 1e10 and more choose one token each; rounding may choose another in float, but logits stay of the same size.
      CHECK(std::abs(static_cast<double>(inferred.logits[i])) < 10 + 10 * std::abs(wanted.logits[i]));
      CHECK(trained.logits[i] == doctest::Approx(inferred.logits[i]).epsilon(1e-3));
    }
    typename ModelProblem<Config, float>::Gradients gradients;
    std::vector<float> dinput(problem.input.size(), 0.f);
    CHECK(std::isfinite(problem.backward(gradients, dinput)));
    for (const float value : gradients.flat()) REQUIRE(std::isfinite(value));
  }
}
