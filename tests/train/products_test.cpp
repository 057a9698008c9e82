/// TrainingOptions::products: training whose dense layers multiply factors in bf16.
#include <doctest/doctest.h>

#include "gradient_pass.hpp"
#include "threads.hpp"
#include "trained_model.hpp"

using namespace adatape;
using namespace adatape::testing;

namespace {

train::TrainingOptions options(Products products) {
  return {.schedule = {train::Decay::cosine, 1e-2, 2, 10}, .optimizer = {.weight_decay = 0.01}, .clip_norm = 1, .products = products, .seed = 4};
}

/// Six steps on one batch.
template <class Model>
std::vector<float> trained(const train::TrainingOptions& of_run, const ModelProblem<Config, float>& problem) {
  train::Trainer<Model> trainer(of_run);
  for (int i = 0; i < 6; ++i) trainer.step({problem.input, problem.labels, {}, problem.numbers});
  return {trainer.parameters().flat().begin(), trainer.parameters().flat().end()};
}

}  // namespace

TEST_CASE_TEMPLATE("products of bf16: the gradient has almost the direction of that of fp32, and the same bits with recompute", Config, verify::VitToken,
                   verify::LearnTokenTwoFfn, verify::InputTokenTwoFfn, verify::ActMixed, verify::PonderNetShared, Width64) {
  check_bf16_gradients<Config>(6, 2);
}

TEST_CASE("products of bf16: the bank has the bits of fp32, own tokens have not") {
  using Stem = model::Stem<verify::InputTokenTwoFfn>;
  const ModelProblem<verify::InputTokenTwoFfn, float> problem(3, 2);
  Arena arena;
  Stem::Saved<float> saved;
  const auto stem = [&](Products products) { return Stem::forward(problem.parameters->stem, problem.all(), saved, {.arena = arena, .products = products}); };
  const auto wanted = stem(Products::f32), found = stem(Products::bf16);
  CHECK(std::equal(wanted.bank.tokens, wanted.bank.tokens + wanted.bank.rows(3) * Stem::D, found.bank.tokens));
  CHECK_FALSE(std::equal(wanted.own.data, wanted.own.data + wanted.own.size(), found.own.data));
}

TEST_CASE("products of bf16: any number of threads gives the same bits") {
  const ModelProblem<Config, float> problem(5, 60);
  for (const Index leaves : {1, 2}) {
    auto of_run = options(Products::bf16);
    of_run.leaves = leaves;
    of_run.values_at_once = 2 * sample_values;
    std::vector<float> one;
    {
      const Threads threads(1);
      one = trained<Model>(of_run, problem);
    }
    for (const int count : {2, 3}) {
      const Threads threads(count);
      CHECK(trained<Model>(of_run, problem) == one);
    }
    of_run.products = Products::f32;
    CHECK(trained<Model>(of_run, problem) != one);
  }
}

TEST_CASE("products of bf16: a batch is learnt by heart") {
  const ModelProblem<Config, float> problem(5, 50);
  auto constant = options(Products::bf16);
  constant.schedule = {train::Decay::constant, 1e-2};
  Trainer trainer(constant);
  const double first = trainer.step({problem.input, problem.labels}).loss;
  train::StepReport last;
  for (int i = 0; i < 40; ++i) last = trainer.step({problem.input, problem.labels});
  CHECK(last.loss < first / 5);
  CHECK(last.correct == 5);
}

TEST_CASE("products: what cannot be is refused, and nothing changes") {
  auto unknown = options(Products::bf16);
  unknown.products = static_cast<Products>(2);
  CHECK_THROWS_WITH_AS(Trainer{unknown}, doctest::Contains("products must be f32 or bf16, found the number 2"), Error);
  train::Trainer<Model, double> trainer(options(Products::f32));
  CHECK_THROWS_WITH_AS(trainer.set_options(options(Products::bf16)), doctest::Contains("products of bf16 need a model of float"), Error);
  CHECK(trainer.options().products == Products::f32);
}
