#include "adatape/fewshot/protocol.hpp"

#include <doctest/doctest.h>

#include "../io/files.hpp"
#include "../threads.hpp"
#include "fewshot_problem.hpp"

using namespace adatape::fewshot;
using adatape::Index;
using adatape::test::error_of;
using namespace adatape::testing;

namespace {

Matrix rows_of(const Matrix& x, std::span<const Index> rows) {
  Matrix chosen(static_cast<Index>(rows.size()), x.cols());
  for (Index n = 0; n < chosen.rows(); ++n) chosen.row(n) = x.row(rows[static_cast<std::size_t>(n)]);
  return chosen;
}

struct Problem {
  Matrix train = problem_features(20, 0, 200, 10, 6), test = problem_features(20, 200, 150, 10, 6);
  Labels labels = problem_labels(0, 200, 6), test_labels = problem_labels(200, 150, 6);
};

}  // namespace

TEST_CASE("protocol: big_vision's is one regression for each choice and seed, reported as mean and deviation") {
  const Problem problem;
  const Protocol protocol{.shots = {1, 5}, .seeds = 3, .l2 = {64}};
  const Evaluation evaluation(problem.labels, 6, protocol);
  const auto accuracies = evaluation.run(rows_of(problem.train, evaluation.images()), problem.test, problem.test_labels);
  const auto results = report(protocol, accuracies);
  REQUIRE(results.size() == 2);
  for (std::size_t s = 0; s < 2; ++s) {
    CHECK(results[s].shots == protocol.shots[s]);
    CHECK(results[s].l2 == 64);
    REQUIRE(results[s].accuracies.size() == 3);
    for (std::uint64_t seed = 0; seed < 3; ++seed) {
      const auto chosen = ShotOrder::of_seed(problem.labels, 6, seed).choose(protocol.shots[s]);
      const auto predictions = Ridge(problem.train, problem.labels, chosen, 6).solve(64).predict(problem.test);
      CHECK(results[s].accuracies[seed] == accuracy(predictions, problem.test_labels));
    }
  }
  CHECK(results[1].mean() > results[0].mean());
  CHECK(results[1].mean() > 0.5);  // chance is 0.2
}

TEST_CASE("protocol: mean and population deviation") {
  const ShotResult result{.shots = 1, .l2 = 1, .accuracies = {0.5, 0.75, 1.0}};
  CHECK(result.mean() == doctest::Approx(0.75));
  CHECK(result.deviation() == doctest::Approx(std::sqrt(2.0 / 3) / 4));
  CHECK(ShotResult{.shots = 1, .l2 = 1, .accuracies = {0.3}}.deviation() == 0);
}

TEST_CASE("protocol: features are wanted for the chosen images only, each once") {
  const Problem problem;
  const Evaluation one(problem.labels, 6, {.shots = {1}, .seeds = 1}), many(problem.labels, 6, {.shots = {1, 4}, .seeds = 3});
  CHECK(one.images().size() == 5);  // class 5 has no image
  CHECK(many.images().size() > 20);
  CHECK(many.images().size() <= 60);
  CHECK(std::ranges::adjacent_find(many.images(), std::ranges::greater_equal()) == many.images().end());
}

TEST_CASE("protocol: scenic's takes the first images and the l2 of the best accuracy") {
  const Problem problem;
  auto protocol = Protocol::scenic();
  CHECK(protocol.l2.size() == 30);
  CHECK(protocol.l2.front() == 0x1p-10);
  CHECK(protocol.l2.back() == 0x1p19);
  protocol.shots = {1, 5};
  const Evaluation evaluation(problem.labels, 6, protocol);
  const auto accuracies = evaluation.run(rows_of(problem.train, evaluation.images()), problem.test, problem.test_labels);
  const auto results = report(protocol, accuracies);
  for (std::size_t s = 0; s < 2; ++s) {
    double best = 0;
    const auto chosen = ShotOrder::of_data(problem.labels, 6).choose(protocol.shots[s]);
    for (const double l2 : protocol.l2) {
      const double found = accuracy(Ridge(problem.train, problem.labels, chosen, 6).solve(l2).predict(problem.test), problem.test_labels);
      best = std::max(best, found);
      if (l2 == results[s].l2) CHECK(results[s].accuracies == std::vector{found});
    }
    CHECK(results[s].mean() == best);
  }
}

TEST_CASE("protocol: one l2 for several data sets by the mean of ranks") {
  Matrix one(1, 4);
  one << 0.2, 0.9, 0.9, 0.1;
  CHECK(best_l2(one) == 2);  // of equal accuracies the later one has the higher rank
  Matrix two(2, 3);
  two << 0.5, 0.6, 0.7,      // ranks 0 1 2
      0.9, 0.3, 0.2;         // ranks 2 1 0
  CHECK(best_l2(two) == 0);  // all sums are 2: the first
  Matrix three(3, 3);
  three << 0.10, 0.11, 0.12,  // ranks 0 1 2
      0.90, 0.99, 0.10,       // ranks 1 2 0
      0.30, 0.29, 0.28;       // ranks 2 1 0: sums 3 4 2, means 0.43 0.46 0.17
  CHECK(best_l2(three) == 1);
  CHECK(error_of([] { best_l2(Matrix(0, 3)); }) == "best_l2: wanted at least 1 data set and 1 l2, found 0 and 3");

  const Protocol protocol{.rule = Rule::scenic, .shots = {5}, .l2 = {1, 2, 4}};
  std::vector<Accuracies> sets;
  for (Index i = 0; i < 3; ++i) sets.push_back({three.row(i)});
  const auto results = report(protocol, sets);
  REQUIRE(results.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(results[i].at(0).l2 == 2);
    CHECK(results[i].at(0).accuracies == std::vector{three(static_cast<Index>(i), 1)});
  }
}

TEST_CASE("protocol: any number of threads gives the same accuracies") {
  const Problem problem;
  const Evaluation evaluation(problem.labels, 6, {});
  const auto train = rows_of(problem.train, evaluation.images());
  std::vector<Accuracies> found;
  for (const int threads : {1, 2, 5}) {
    const Threads scope(threads);
    found.push_back(evaluation.run(train, problem.test, problem.test_labels));
  }
  for (std::size_t s = 0; s < found[0].size(); ++s)
    for (std::size_t i = 1; i < found.size(); ++i) CHECK((found[i][s].array() == found[0][s].array()).all());
}

TEST_CASE("protocol: misuse") {
  const Problem problem;
  const auto refused = [&](const Protocol& protocol) { return error_of([&] { Evaluation(problem.labels, 6, protocol); }); };
  CHECK(refused({.shots = {}}) == "few-shot protocol: wanted at least one number of shots, found none");
  CHECK(refused({.shots = {1, 0}}) == "few-shot protocol: wanted shots of at least 1, found 0");
  CHECK(refused({.seeds = 0}) == "few-shot protocol: wanted at least 1 seed, found 0");
  CHECK(refused({.l2 = {1, 2}}) == "few-shot protocol: wanted one l2, found 2");
  CHECK(refused({.rule = Rule::scenic, .l2 = {}}) == "few-shot protocol: wanted at least one l2, found 0");
  CHECK(refused({.l2 = {-1}}) == "few-shot protocol: wanted a finite l2 greater than 0, found -1");
  CHECK(error_of([&] { Evaluation(Labels{}, 6, {}); }) == "few-shot evaluation: wanted at least 1 training image, found none");
  CHECK(error_of([&] { Evaluation(problem.labels, 3, {}); }) == "shots: wanted labels from 0 to 2, found 3 as label 3");
  const Evaluation evaluation(problem.labels, 6, {.shots = {1}, .seeds = 1});
  const auto train = rows_of(problem.train, evaluation.images());
  CHECK(error_of([&] { evaluation.run(problem.train, problem.test, problem.test_labels); }) ==
        "few-shot evaluation: wanted the features of 5 training images, found 200");
  CHECK(error_of([&] { evaluation.run(train, Matrix(problem.test.leftCols(9)), problem.test_labels); }) ==
        "few-shot evaluation: wanted test images of 10 features, found 9");
  CHECK(error_of([&] { evaluation.run(train, problem.test, problem.labels); }) ==
        "few-shot evaluation: wanted a label for each of the 150 test images, found 200 labels");
  CHECK(error_of([] { report({}, std::span<const Accuracies>{}); }) == "few-shot report: wanted at least 1 data set, found none");
  CHECK(error_of([] { report({}, Accuracies(4)); }) == "few-shot report: wanted the accuracies of the protocol, found others");
}
