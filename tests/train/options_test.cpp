/// What a trainer is told: every value that cannot be meant is refused, and the sentence names it.
#include <doctest/doctest.h>

#include <limits>

#include "adatape/train/adamw.hpp"
#include "adatape/train/objective.hpp"
#include "adatape/train/schedule.hpp"
#include "adatape/train/sgd.hpp"

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

TEST_CASE_TEMPLATE("options: an optimizer's, as the scalar type of the model", T, float, double) {
  const auto refused = [](const auto& options) {
    try {
      train::check_as<T>(options);
      return std::string();
    } catch (const Error& error) {
      return std::string(error.what());
    }
  };
  constexpr bool single = std::is_same_v<T, float>;
  const auto in_float = [&](const std::string& message) { return single ? message : ""; };
  const std::string rounds = " must be less than 1 in the scalar type of the model, found a number that rounds to 1";
  CHECK(refused(train::AdamWOptions{}) == "");
  CHECK(refused(train::AdamWOptions{.beta1 = 1 - 1e-7, .beta2 = 1 - 1e-7, .epsilon = 1.2e-38, .weight_decay = 3.4e38}) == "");
  CHECK(refused(train::AdamWOptions{.beta1 = 1 - 1e-9}) == in_float("AdamW: beta1" + rounds));
  CHECK(refused(train::AdamWOptions{.beta2 = 1 - 1e-9}) == in_float("AdamW: beta2" + rounds));
  const std::string normal = "AdamW: epsilon must be from 1.17549e-38 to 3.40282e+38, the normal numbers of the model's scalar type, found ";
  CHECK(refused(train::AdamWOptions{.epsilon = 1e-40}) == in_float(normal + "1e-40"));
  CHECK(refused(train::AdamWOptions{.epsilon = 1e39}) == in_float(normal + "1e+39"));
  CHECK(refused(train::AdamWOptions{.epsilon = 1e-320}) != "");
  const std::string decay = ": weight_decay must be at most 3.40282e+38, the largest number of the model's scalar type, found 1e+39";
  CHECK(refused(train::AdamWOptions{.weight_decay = 1e39}) == in_float("AdamW" + decay));
  CHECK(refused(train::SgdOptions{}) == "");
  CHECK(refused(train::SgdOptions{.momentum = 1 - 1e-9}) == in_float("Sgd: momentum" + rounds));
  CHECK(refused(train::SgdOptions{.weight_decay = 1e39}) == in_float("Sgd" + decay));
  CHECK(refused(train::AdamWOptions{.beta1 = 1}) == "AdamW: beta1 must be at least 0 and less than 1, found 1");
  CHECK(refused(train::SgdOptions{.momentum = -1}) == "Sgd: momentum must be at least 0 and less than 1, found -1");
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
