/// Engine, which does not make the tokens of an input bank, against forward, which makes all of them: the same reads, and values within rounding.
#include "adatape/train/trainer.hpp"
#include "check_invariance.hpp"

using namespace adatape;
using namespace adatape::testing;

namespace {

struct GreyBank : verify::Golden {
  static constexpr std::array<int, 3> image{12, 12, 1};
  static constexpr tape::BankType bank_type = tape::BankType::input;
};
struct LargePatches : verify::Golden {  // more values in a patch of the bank than in a token; fewer tokens than T
  static constexpr tape::BankType bank_type = tape::BankType::input;
  static constexpr int patch_bank_size = 6, num_tape_tokens = 5;
};
struct WholeKeys : verify::InputGap {
  static constexpr int split_tt = 1;
  static constexpr bool complex_query = false;
};

/// The same problem in double.
template <class Config>
ModelProblem<Config, double> in_double(const ModelProblem<Config, float>& problem) {
  ModelProblem<Config, double> exact(problem.samples, 1);
  const auto layout = problem.parameters.layout(), to = exact.parameters.layout();
  for (std::size_t i = 0; i < layout.size(); ++i) std::ranges::copy(problem.parameters.values(layout[i]), exact.parameters.values(to[i]).begin());
  std::ranges::copy(problem.input, exact.input.begin());
  return exact;
}

/// The largest distance of two results with equal choices, relative to the largest value.
template <class T, class U>
double distance(const SampleResult<T>& found, const SampleResult<U>& wanted) {
  REQUIRE(found.choices == wanted.choices);
  double largest = 0, distance = 0;
  for (std::size_t i = 0; i < wanted.values.size(); ++i) {
    largest = std::max(largest, std::abs(static_cast<double>(wanted.values[i])));
    distance = larger(distance, std::abs(static_cast<double>(found.values[i]) - static_cast<double>(wanted.values[i])));
  }
  return distance / largest;
}

/// Compares all samples, and adds the squares of the distances of float from double.
template <class Config>
void compare(const ModelProblem<Config, float>& problem, double bound, double& of_forward, double& of_engine) {
  using Problem = ModelProblem<Config, float>;
  const auto exact = in_double<Config>(problem);
  Arena arenas[4];
  typename Problem::Model::template Saved<float> saved;
  typename Problem::Model::template Saved<double> exact_saved;
  const auto forward = problem.forward(saved, arenas[0]), engine = problem.infer(arenas[1]);
  const auto exact_forward = exact.forward(exact_saved, arenas[2]), exact_engine = exact.infer(arenas[3]);
  for (Index b = 0; b < problem.samples; ++b) {
    const auto wanted = sample_result<Config, double>(exact_forward, b);
    const double forward_distance = distance(sample_result<Config, float>(forward, b), wanted);
    const double engine_distance = distance(sample_result<Config, float>(engine, b), wanted);
    CHECK(engine_distance < bound);
    CHECK(distance(sample_result<Config, double>(exact_engine, b), wanted) < 1e-8 * bound);
    of_forward += forward_distance * forward_distance;
    of_engine += engine_distance * engine_distance;
  }
}

}  // namespace

#define ADATAPE_CONFIGS                                                                                                                                        \
  verify::InputGap, verify::InputShortBank, verify::InputTokenTwoFfn, verify::InputTwoReads, verify::InputReduced, verify::FixedInput, GreyBank, LargePatches, \
      WholeKeys, Width192

TEST_CASE_TEMPLATE("folded bank: engine and forward read the same tokens, and are as near to each other as rounding allows", Config, ADATAPE_CONFIGS) {
  for (const bool peaked : {false, true}) {
    CAPTURE(peaked);
    double of_forward = 0, of_engine = 0;
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
      CAPTURE(seed);
      ModelProblem<Config, float> problem(7, seed, 0.3);
      if (peaked) problem.sharpen(2);
      compare(problem, peaked ? 3e-4 : 5e-5, of_forward, of_engine);
    }
    CHECK(std::sqrt(of_engine) < 1.5 * std::sqrt(of_forward));
  }
}

TEST_CASE_TEMPLATE("folded bank: a trained model reads the same tokens", Config, verify::InputTwoReads, GreyBank) {
  using Model = model::Classifier<Config>;
  ModelProblem<Config, float> problem(24, 3);
  train::Trainer<Model> trainer({.schedule = {train::Decay::constant, 3e-3, 10, 60}});
  std::ranges::copy(problem.parameters.flat(), trainer.parameters().flat().begin());
  double first = 0, last = 0;
  for (int step = 0; step < 60; ++step) {
    last = trainer.step({problem.input, problem.labels}).loss;
    if (step == 0) first = last;
  }
  CHECK(last < 0.7 * first);
  std::ranges::copy(trainer.parameters().flat(), problem.parameters.flat().begin());
  double of_forward = 0, of_engine = 0;
  compare(problem, 5e-5, of_forward, of_engine);
  problem.input = random_values<float>(problem.samples * Model::input_size, 77);  // images that training has not seen
  compare(problem, 5e-5, of_forward, of_engine);
  CHECK(std::sqrt(of_engine) < 1.5 * std::sqrt(of_forward));
}
