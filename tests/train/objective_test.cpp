#include "adatape/train/objective.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "random_values.hpp"

using namespace adatape;
using namespace adatape::testing;

namespace {

constexpr Index classes_ = 4;

struct Gradient {
  const double *dlogits = nullptr, *dponder = nullptr;
};
struct Output {
  using Gradient = ::Gradient;
  static constexpr Index classes = classes_;
  Index samples;
  double *logits, *ponder;
};

struct NarrowOutput : Output {
  static constexpr Index classes = 3;
};

using Targets = train::ClassTargets<double>;
using Weights = std::span<const double>;

struct Problem {
  std::vector<double> logits = random_values<double>(12, 1), ponder{1, 2, 4};
  Output output() { return {3, logits.data(), ponder.data()}; }
};

}  // namespace

TEST_CASE("objective: the weighted sum of loss and ponder, and its gradients") {
  Problem problem;
  const std::vector<std::int64_t> labels{0, 3, 1};
  const std::vector<double> weights{1, 0, 2.5};
  Arena arena;
  for (const auto kind : {ops::LossKind::sigmoid, ops::LossKind::softmax}) {
    const train::CrossEntropy objective{kind, 0.1, 0.5};
    const auto value = objective(problem.output(), Targets(labels), Weights(weights), 0, arena);
    double wanted = 0;
    for (const std::size_t b : {0u, 2u}) {
      std::vector<double> dx(4);
      const auto row = static_cast<Index>(b) * 4;
      wanted += weights[b] * (ops::cross_entropy_row(kind, problem.logits.data() + row, 4, labels[b], 0.1, dx.data()) + 0.5 * problem.ponder[b]);
      for (Index c = 0; c < 4; ++c) CHECK(value.gradient.dlogits[row + c] == doctest::Approx(weights[b] * dx[static_cast<std::size_t>(c)]));
      CHECK(value.gradient.dponder[b] == 0.5 * weights[b]);
    }
    CHECK(value.loss == doctest::Approx(wanted));
    for (Index c = 4; c < 8; ++c) CHECK(value.gradient.dlogits[c] == 0);
    CHECK(value.gradient.dponder[1] == 0);
  }
}

TEST_CASE("objective: weights that share 1 make the sum a mean") {
  const std::vector<double> weights{1, 0, 3}, none{0, 0}, empty;
  CHECK(train::mean_weights<double>(weights, 3) == std::vector<double>{0.25, 0, 0.75});
  CHECK(train::mean_weights<double>(none, 2) == none);
  CHECK(train::mean_weights<double>(empty, 4) == std::vector<double>(4, 0.25));
}

TEST_CASE("objective: a row with one 1 gives the bits of the label, smoothed or not") {
  Problem problem;
  const std::vector<std::int64_t> labels{2, 0, 3};
  std::vector<double> rows(12, 0.0);
  for (std::size_t b = 0; b < 3; ++b) rows[4 * b + static_cast<std::size_t>(labels[b])] = 1;
  Arena arena;
  for (const auto kind : {ops::LossKind::sigmoid, ops::LossKind::softmax})
    for (const double smoothing : {0.0, 0.1, 0.3, 1.0}) {
      const train::CrossEntropy objective{kind, smoothing, 0.5};
      const auto by_label = objective(problem.output(), Targets(labels), Weights{}, 0, arena);
      const auto by_row = objective(problem.output(), Targets(rows), Weights{}, 0, arena);
      CHECK(by_label.loss == by_row.loss);
      CHECK(by_label.correct == by_row.correct);
      CHECK(same_bits<double>({by_label.gradient.dlogits, 12}, {by_row.gradient.dlogits, 12}));
    }
}

TEST_CASE("objective: gradients for rows of probabilities are derivatives of the loss") {
  Problem problem;
  auto rows = random_values<double>(12, 5);
  for (std::size_t b = 0; b < 3; ++b) {
    double sum = 0;
    for (std::size_t c = 0; c < 4; ++c) sum += rows[4 * b + c] = std::abs(rows[4 * b + c]);
    for (std::size_t c = 0; c < 4; ++c) rows[4 * b + c] /= sum;
  }
  const std::vector<double> weights{1, 0.5, 2};
  Arena arena;
  for (const auto kind : {ops::LossKind::sigmoid, ops::LossKind::softmax}) {
    const train::CrossEntropy objective{kind, 0.1, 0.5};
    const auto loss = [&] { return objective(problem.output(), Targets(rows), Weights(weights), 0, arena).loss; };
    const auto value = objective(problem.output(), Targets(rows), Weights(weights), 0, arena);
    constexpr double step = 1e-5;
    for (std::size_t i = 0; i < 12; ++i) {
      const double kept = problem.logits[i];
      problem.logits[i] = kept + step;
      const double above = loss();
      problem.logits[i] = kept - step;
      const double below = loss();
      problem.logits[i] = kept;
      CHECK(value.gradient.dlogits[i] == doctest::Approx((above - below) / (2 * step)).epsilon(1e-7));
    }
  }
}

namespace {

struct StepsGradient : Gradient {
  const double* dprobability = nullptr;
};
/// Two predictions of each of two samples.
struct StepsOutput : Output {
  using Gradient = StepsGradient;
  Index predictions;
  const double* probability;
  Index answer(Index b) const { return 2 + b; }  // the second prediction
};

}  // namespace

TEST_CASE("objective: several predictions of a sample give the expected loss, and its gradients by logits and probabilities") {
  std::vector<double> logits = random_values<double>(16, 1), probability{0.3, 0.7, 0.9, 0.1}, ponder{1, 2};
  const std::vector<double> weights{1, 2.5}, rows{0.5, 0.5, 0, 0, 0, 0.25, 0, 0.75};
  const std::vector<std::int64_t> labels{2, 1};
  Arena arena;
  for (const auto kind : {ops::LossKind::sigmoid, ops::LossKind::softmax})
    for (const auto& targets : {Targets(labels), Targets(rows)}) {
      const train::CrossEntropy objective{kind, 0.1, 0.5};
      const StepsOutput output{{2, logits.data(), ponder.data()}, 2, probability.data()};
      const auto value = objective(output, targets, Weights(weights), 0, arena);
      double wanted = 0;
      Index correct = 0;
      for (Index b = 0; b < 2; ++b) {
        const double weight = weights[static_cast<std::size_t>(b)];
        std::vector<double> dx(4);
        for (Index n = 0; n < 2; ++n) {
          const double* const x = logits.data() + (2 * n + b) * 4;
          const auto label = static_cast<Index>(labels[static_cast<std::size_t>(b)]);
          const double loss = targets.are_labels() ? ops::cross_entropy_row(kind, x, 4, label, 0.1, dx.data())
                                                   : ops::cross_entropy_row(kind, x, 4, rows.data() + 4 * b, 0.1, dx.data());
          const double p = probability[static_cast<std::size_t>(2 * b + n)];
          wanted += weight * p * loss;
          CHECK(value.gradient.dprobability[2 * b + n] == doctest::Approx(weight * loss));
          for (Index c = 0; c < 4; ++c) CHECK(value.gradient.dlogits[(2 * n + b) * 4 + c] == doctest::Approx(weight * p * dx[static_cast<std::size_t>(c)]));
        }
        wanted += weight * 0.5 * ponder[static_cast<std::size_t>(b)];
        CHECK(value.gradient.dponder[b] == 0.5 * weight);
        const double *const answer = logits.data() + (2 + b) * 4, *const target = rows.data() + 4 * b;
        const Index best = targets.are_labels() ? labels[static_cast<std::size_t>(b)] : std::max_element(target, target + 4) - target;
        correct += std::max_element(answer, answer + 4) - answer == best;
      }
      CHECK(value.loss == doctest::Approx(wanted));
      CHECK(value.correct == correct);
    }
}

TEST_CASE("objective: a sample of weight 0 gives no gradient, whatever its predictions are") {
  std::vector<double> logits(16, std::numeric_limits<double>::infinity()), probability{0.3, 0.7, 0.9, 0.1}, ponder{1, 2};
  const std::vector<double> weights{0, 0};
  const std::vector<std::int64_t> labels{2, 1};
  Arena arena;
  const StepsOutput output{{2, logits.data(), ponder.data()}, 2, probability.data()};
  const auto value = train::CrossEntropy{.ponder_weight = 0.5}(output, Targets(labels), Weights(weights), 0, arena);
  CHECK(value.loss == 0);
  for (Index i = 0; i < 4; ++i) CHECK(value.gradient.dprobability[i] == 0);
  for (Index i = 0; i < 16; ++i) CHECK(value.gradient.dlogits[i] == 0);
}

TEST_CASE("objective: the ponder weight waits, rises and stays") {
  const train::CrossEntropy objective{.ponder_weight = 0.8, .ponder_delay = 3, .ponder_ramp = 4};
  const double wanted[] = {0, 0, 0, 0.2, 0.4, 0.6, 0.8, 0.8};
  for (Index step = 0; step < 8; ++step) CHECK(objective.ponder_weight_at(step) == doctest::Approx(wanted[step]));
  CHECK(train::CrossEntropy{.ponder_weight = 0.8}.ponder_weight_at(0) == 0.8);
  CHECK(train::CrossEntropy{}.ponder_weight_at(0) == 0);
  CHECK_THROWS_AS(check(train::CrossEntropy{.ponder_delay = -1}), Error);
  CHECK_THROWS_AS(check(train::CrossEntropy{.ponder_ramp = -1}), Error);
}

TEST_CASE("objective: correct samples are those whose largest logit is at the largest target") {
  Problem problem;
  problem.logits = {1, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 2};
  Arena arena;
  const std::vector<std::int64_t> labels{0, 2, 1};
  const std::vector<double> rows{0.6, 0.4, 0, 0, 0, 0.7, 0.3, 0, 0, 0, 0.1, 0.9};
  const train::CrossEntropy objective{.ponder_weight = 0.01};
  CHECK(objective(problem.output(), Targets(labels), Weights{}, 0, arena).correct == 2);
  CHECK(objective(problem.output(), Targets(rows), Weights{}, 0, arena).correct == 2);
}

TEST_CASE("objective: targets that do not fit are refused with a sentence") {
  const std::vector<std::int64_t> below{0, -1, 0}, above{0, 0, 4}, few{0, 0};
  const train::CrossEntropy sigmoid{.loss = ops::LossKind::sigmoid}, softmax;
  CHECK_THROWS_WITH_AS(sigmoid.check_targets<Output>(Targets(below), 3), "objective: sample 1 has label -1, wanted 0 .. 3", Error);
  CHECK_THROWS_WITH_AS(sigmoid.check_targets<Output>(Targets(above), 3), "objective: sample 2 has label 4, wanted 0 .. 3", Error);
  CHECK_THROWS_WITH_AS(sigmoid.check_targets<Output>(Targets(few), 3), "targets: wanted one label for each of 3 samples, found 2", Error);
  std::vector<double> rows{0.5, 0.5, 0, 0, 0, 1, 1, 0};
  CHECK_NOTHROW(sigmoid.check_targets<Output>(Targets(rows), 2));
  CHECK_THROWS_WITH_AS(softmax.check_targets<Output>(Targets(rows), 2), "objective: the targets of sample 1 add up to 2, wanted 1 for softmax cross-entropy",
                       Error);
  CHECK_THROWS_WITH_AS(sigmoid.check_targets<Output>(Targets(rows), 3), "objective: wanted 3 x 4 target probabilities, found 8", Error);
  rows[3] = -0.5;
  CHECK_THROWS_WITH_AS(sigmoid.check_targets<Output>(Targets(rows), 2), "objective: sample 0 has the target -0.5, wanted a probability from 0 to 1", Error);
}

TEST_CASE("objective: a new model begins with the logits of probability 1 / classes") {
  const train::CrossEntropy softmax, sigmoid{.loss = ops::LossKind::sigmoid};
  for (const Index classes : {1, 2, 3, 10, 1000}) {
    CHECK(softmax.initial_logit(classes) == 0);
    const double logit = sigmoid.initial_logit(classes);
    if (classes > 1) CHECK(std::abs(1 / (1 + std::exp(-logit)) - 1.0 / static_cast<double>(classes)) < 1e-12);
    CHECK(std::isfinite(logit));
  }
}

TEST_CASE("objective: fewer classes than outputs give the loss and the gradients of a model with as many outputs as classes") {
  constexpr Index outputs = classes_, classes = NarrowOutput::classes;
  Problem problem;
  problem.logits[3] = problem.logits[7] = problem.logits[11] = 100;  // of the output that takes no part: the largest of every sample
  std::vector<double> narrow;
  for (Index b = 0; b < 3; ++b) narrow.insert(narrow.end(), problem.logits.begin() + b * outputs, problem.logits.begin() + b * outputs + classes);
  const std::vector<std::int64_t> labels{2, 0, 1}, above{0, 3, 0};
  const std::vector<double> rows{0.5, 0.25, 0.25, 0, 1, 0, 0.125, 0, 0.875}, weights{1, 0, 2.5};
  Arena arena;
  for (const auto kind : {ops::LossKind::sigmoid, ops::LossKind::softmax})
    for (const auto& targets : {Targets(labels), Targets(rows)}) {
      const train::CrossEntropy some{.loss = kind, .label_smoothing = 0.1, .classes = classes}, all{.loss = kind, .label_smoothing = 0.1};
      CHECK_NOTHROW(some.check_targets<Output>(targets, 3));
      const auto value = some(problem.output(), targets, Weights(weights), 0, arena);
      const auto wanted = all(NarrowOutput{{3, narrow.data(), problem.ponder.data()}}, targets, Weights(weights), 0, arena);
      CHECK(value.loss == wanted.loss);
      CHECK(value.correct == wanted.correct);
      for (Index b = 0; b < 3; ++b) {
        for (Index c = 0; c < classes; ++c) CHECK(value.gradient.dlogits[b * outputs + c] == wanted.gradient.dlogits[b * classes + c]);
        CHECK(value.gradient.dlogits[b * outputs + classes] == 0);
      }
    }
  const train::CrossEntropy sigmoid{.loss = ops::LossKind::sigmoid, .classes = 3};
  CHECK(sigmoid.initial_logit(1000) == train::CrossEntropy{.loss = ops::LossKind::sigmoid}.initial_logit(3));
  CHECK(train::CrossEntropy{.head_bias = -6.9}.initial_logit(1000) == -6.9);
  CHECK_THROWS_WITH_AS(sigmoid.check_targets<Output>(Targets(above), 3), "objective: sample 1 has label 3, wanted 0 .. 2", Error);
  CHECK_THROWS_WITH_AS(train::CrossEntropy{.classes = 5}.check_targets<Output>(Targets(labels), 3),
                       "objective: classes must be at most 4, for which the model has outputs, found 5", Error);
  CHECK_NOTHROW((train::CrossEntropy{.ponder_weight = 1e39, .head_bias = -1e39}.check_outputs<Output, double>()));
  CHECK_THROWS_WITH_AS((train::CrossEntropy{.ponder_weight = 1e39}.check_outputs<Output, float>()),
                       "objective: ponder_weight must be finite in the scalar type of the model, found 1e+39", Error);
  CHECK_THROWS_WITH_AS((train::CrossEntropy{.head_bias = -1e39}.check_outputs<Output, float>()),
                       "objective: head_bias must be finite in the scalar type of the model, found -1e+39", Error);
  CHECK_THROWS_AS(check(train::CrossEntropy{.classes = -1}), Error);
  CHECK_THROWS_AS(check(train::CrossEntropy{.head_bias = std::nan("")}), Error);
}
