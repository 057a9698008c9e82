/// What a trainer is told: every value that cannot be meant is refused, and the sentence names it.
#include <doctest/doctest.h>

#include <limits>

#include "adatape/train/adamw.hpp"
#include "adatape/train/objective.hpp"
#include "adatape/train/schedule.hpp"

using namespace adatape;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity(), not_a_number = std::numeric_limits<double>::quiet_NaN();

/// check(options) throws an Error that speaks of `name` when `member` is any of the values.
template <class Options, class Value>
void refuses(Value Options::*member, const char* name, std::initializer_list<std::type_identity_t<Value>> values) {
  for (const Value value : values) {
    CAPTURE(name);
    Options options;
    options.*member = value;
    CHECK_THROWS_WITH_AS(check(options), doctest::Contains(name), Error);
  }
}
template <class Options, class Value>
void takes(Value Options::*member, std::initializer_list<std::type_identity_t<Value>> values) {
  for (const Value value : values) {
    Options options;
    options.*member = value;
    CHECK_NOTHROW(check(options));
  }
}

}  // namespace

TEST_CASE("options: AdamW's") {
  using train::AdamWOptions;
  CHECK_NOTHROW(check(AdamWOptions{}));
  for (const auto beta : {&AdamWOptions::beta1, &AdamWOptions::beta2}) {
    refuses(beta, beta == &AdamWOptions::beta1 ? "beta1" : "beta2", {1.0, 1.5, -0.1, infinity, -infinity, not_a_number});
    takes(beta, {0.0, 0.5, 0.9999});
  }
  refuses(&AdamWOptions::epsilon, "epsilon", {0.0, -1e-8, infinity, not_a_number});
  takes(&AdamWOptions::epsilon, {1e-30, 1.0});
  refuses(&AdamWOptions::weight_decay, "weight_decay", {-1e-3, infinity, -infinity, not_a_number});
  takes(&AdamWOptions::weight_decay, {0.0, 0.3});
}

TEST_CASE("options: a schedule's") {
  using train::Schedule;
  CHECK_NOTHROW(check(Schedule{}));
  refuses(&Schedule::base, "rate", {-0.01, infinity, -infinity, not_a_number});
  takes(&Schedule::base, {0.0, 1e-3, 10.0});
  refuses(&Schedule::warmup, "warmup", {Index{-1}, std::numeric_limits<Index>::min()});
  refuses(&Schedule::total, "total", {-1, -5});
  takes(&Schedule::warmup, {Index{0}, Index{1}, Index{1000}});
  takes(&Schedule::total, {0, 1, 1000});
  for (const auto decay : {train::Decay::cosine, train::Decay::linear}) {
    CHECK_THROWS_AS(check(Schedule{decay, 1e-3, 0, 0}), Error);
    CHECK_NOTHROW(check(Schedule{decay, 1e-3, 0, 1}));
  }
  Schedule schedule;
  schedule.decay = static_cast<train::Decay>(17);
  CHECK_THROWS_WITH_AS(check(schedule), "schedule: decay must be constant, cosine or linear, found the number 17", Error);
}

TEST_CASE("options: an objective's") {
  using train::CrossEntropy;
  CHECK_NOTHROW(check(CrossEntropy{}));
  refuses(&CrossEntropy::label_smoothing, "label_smoothing", {7.0, -0.1, 1.001, infinity, not_a_number});
  takes(&CrossEntropy::label_smoothing, {0.0, 0.1, 1.0});
  refuses(&CrossEntropy::ponder_weight, "ponder_weight", {-0.01, infinity, -infinity, not_a_number});
  takes(&CrossEntropy::ponder_weight, {0.0, 0.01, 2.0});
  CrossEntropy objective;
  objective.loss = static_cast<ops::LossKind>(9);
  CHECK_THROWS_WITH_AS(check(objective), "objective: loss must be sigmoid or softmax, found the number 9", Error);
}
