#include "reader_problem.hpp"

using namespace adatape;
using testing::ReaderOptions;
using testing::ReaderProblem;

namespace {

struct MaxPonder : ReaderOptions {
  static constexpr tape::PonderLoss loss_type = tape::PonderLoss::max;
};
struct PlainQuery : ReaderOptions {
  static constexpr bool complex_query = false;
};
struct TokenQuery : ReaderOptions {
  static constexpr nn::Pool query_type = nn::Pool::token;
  static constexpr bool complex_query = false;
  static constexpr tape::PonderLoss loss_type = tape::PonderLoss::max;
};
struct WholeKey : ReaderOptions {
  static constexpr int split_tt = 1;
};
struct Fixed : ReaderOptions {
  static constexpr bool dynamic = false;
};

}  // namespace

TEST_CASE_TEMPLATE("gradients: Reader", Options, ReaderOptions, MaxPonder, PlainQuery, TokenQuery, WholeKey, Fixed) {
  SUBCASE("one bank for all samples") { ReaderProblem<Options>(20, true).check_gradients(); }
  SUBCASE("a bank for every sample") { ReaderProblem<Options>(20, false).check_gradients(); }
  SUBCASE("a bank that runs out") { ReaderProblem<Options>(5, false).check_gradients(); }
  SUBCASE("early halting") {
    ReaderProblem<Options> problem(20, true);
    for (double& scale : problem.norm.flat().first(Options::hidden_size)) scale *= 1.5;
    problem.check_gradients();
  }
  SUBCASE("noise and a mask") {
    ReaderProblem<Options> problem(20, true);
    problem.situation = {.settings = {.query_noise = 0.3, .bernoulli_p = 0.4}, .training = true};
    problem.check_gradients();
  }
  SUBCASE("one bank token a step") {
    ReaderProblem<Options> problem(20, true);
    problem.situation.settings.tau = Options::num_tape_tokens;
    problem.check_gradients();
  }
}
