#include "adatape/train/objective.hpp"

#include <doctest/doctest.h>

#include "random_values.hpp"

using namespace adatape;
using namespace adatape::testing;

namespace {

struct Output {
  Index samples;
  double *logits, *ponder;
};

struct Problem {
  std::vector<double> logits = random_values<double>(12, 1), ponder{1, 2, 4};
  Output output() { return {3, logits.data(), ponder.data()}; }
};

}  // namespace

TEST_CASE("objective: mean over the samples that count of loss and ponder, and its gradients") {
  Problem problem;
  const std::vector<std::int64_t> labels{0, 3, 1}, mask{1, 0, 1};
  Arena arena;
  for (const auto kind : {ops::LossKind::sigmoid, ops::LossKind::softmax}) {
    const train::Objective objective{kind, 0.1, 0.5};
    const auto value = train::evaluate(objective, problem.output(), 4, labels, mask, arena);
    double wanted = 0;
    for (const std::size_t b : {0u, 2u}) {
      std::vector<double> dx(4);
      const auto row = static_cast<Index>(b) * 4;
      wanted += ops::cross_entropy_row(kind, problem.logits.data() + row, 4, labels[b], 0.1, dx.data()) / 2 + 0.5 * problem.ponder[b] / 2;
      for (Index c = 0; c < 4; ++c) CHECK(value.dlogits[row + c] == doctest::Approx(dx[static_cast<std::size_t>(c)] / 2));
      CHECK(value.dponder[b] == 0.25);
    }
    CHECK(value.loss == doctest::Approx(wanted));
    CHECK(value.counted == 2);
    for (Index c = 4; c < 8; ++c) CHECK(value.dlogits[c] == 0);
    CHECK(value.dponder[1] == 0);
  }
}

TEST_CASE("objective: correct samples are those whose largest logit is the label") {
  Problem problem;
  problem.logits = {1, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 2};
  Arena arena;
  const std::vector<std::int64_t> labels{0, 2, 1};
  CHECK(train::evaluate({.ponder_weight = 0.01}, problem.output(), 4, labels, {}, arena).correct == 2);
}

TEST_CASE("objective: labels and masks that do not fit are refused with a sentence") {
  Problem problem;
  Arena arena;
  const std::vector<std::int64_t> below{0, -1, 0}, above{0, 0, 4}, few{0, 0}, good{0, 0, 0}, short_mask{1};
  CHECK_THROWS_WITH_AS(train::evaluate({.ponder_weight = 0.01}, problem.output(), 4, below, {}, arena), "objective: sample 1 has label -1, wanted 0 .. 3", Error);
  CHECK_THROWS_WITH_AS(train::evaluate({.ponder_weight = 0.01}, problem.output(), 4, above, {}, arena), "objective: sample 2 has label 4, wanted 0 .. 3", Error);
  CHECK_THROWS_WITH_AS(train::evaluate({.ponder_weight = 0.01}, problem.output(), 4, few, {}, arena), "objective: wanted one label for each of 3 samples, found 2", Error);
  CHECK_THROWS_WITH_AS(train::evaluate({.ponder_weight = 0.01}, problem.output(), 4, good, short_mask, arena), "objective: wanted a mask of 3 values, found 1", Error);
}

TEST_CASE("objective: without a ponder weight there is nothing to evaluate") {
  Problem problem;
  const std::vector<std::int64_t> labels{0, 3, 1};
  Arena arena;
  CHECK_THROWS_WITH_AS(train::evaluate({}, problem.output(), 4, labels, {}, arena), "objective: wanted a ponder weight of at least 0, found none", Error);
}
