#include <limits>

#include "adatape/tape/add_tape_token.hpp"
#include "literal_reader.hpp"

using namespace adatape;
using namespace adatape::testing;

namespace {

struct MaxPlain : ReaderOptions {
  static constexpr int num_tape_tokens = 7;
  static constexpr tape::PonderLoss loss_type = tape::PonderLoss::max;
  static constexpr bool complex_query = false;
  static constexpr nn::Pool query_type = nn::Pool::token;
};

Index total_length(const auto& problem) {
  Index total = 0;
  for (Index length : problem.saved.trace.length) total += length;
  return total;
}

template <class Options>
void check_against_literal(ReaderProblem<Options>& problem, double tau) {
  problem.situation.settings.tau = tau;
  const auto tape = problem.read();
  const auto& trace = problem.saved.trace;
  for (Index b = 0; b < problem.samples; ++b) {
    CAPTURE(b);
    const auto wanted = literal_read(problem, b, tau);
    REQUIRE(trace.length[static_cast<std::size_t>(b)] == static_cast<Index>(wanted.selected.size()));
    CHECK(std::abs(trace.ponder[static_cast<std::size_t>(b)] - wanted.ponder) < 1e-11);
    for (Index n = 0; n < trace.num_tape_tokens; ++n) {
      const auto step = static_cast<std::size_t>(n);
      const std::size_t count = step < wanted.selected.size() ? wanted.selected[step].size() : 0;
      for (std::size_t j = 0; j < static_cast<std::size_t>(trace.tokens_per_step); ++j) {
        CHECK(trace.step_indices(b, n)[j] == (j < count ? wanted.selected[step][j] : -1));
        CHECK(std::abs(trace.step_weights(b, n)[j] - (j < count ? wanted.weights[step][j] : 0)) < 1e-11);
      }
      if (count == 0) continue;
      for (std::size_t c = 0; c < 12; ++c) CHECK(std::abs(tape.row(tape.packing.begin(b) + n)[c] - wanted.tokens[step][c]) < 1e-11);
    }
  }
}

struct Fixed : ReaderOptions {
  static constexpr bool dynamic = false;
};

}  // namespace

TEST_CASE_TEMPLATE("reader: the equations, transcribed, over thresholds and bank sizes", Options, ReaderOptions, MaxPlain) {
  constexpr double T = Options::num_tape_tokens;
  for (Index bank_size : {1, 2, 5, 23})
    for (bool shared : {true, false})
      for (double tau : {0.01, 0.4, 1.0, 1.4, 1.9, 2.0, 3.3, T - 0.5, T}) {
        CAPTURE(bank_size);
        CAPTURE(tau);
        ReaderProblem<Options> problem(bank_size, shared);
        check_against_literal(problem, tau);
        for (double& scale : problem.norm.flat().first(12)) scale *= 2;
        check_against_literal(problem, tau);
      }
}

TEST_CASE("reader: equal bank tokens are read in order of their index") {
  ReaderProblem<ReaderOptions> problem(12, true);
  for (std::size_t i = 12; i < problem.bank.size(); ++i) problem.bank[i] = problem.bank[i % 12];
  problem.read();
  const auto& trace = problem.saved.trace;
  for (Index b = 0; b < problem.samples; ++b) {
    Index next = 0;
    for (Index n = 0; n < trace.length[static_cast<std::size_t>(b)]; ++n)
      for (Index index : trace.step_indices(b, n)) CHECK(index == next++);
  }
}

TEST_CASE("reader: a threshold outside of (0, T] is refused with a sentence") {
  ReaderProblem<ReaderOptions> problem(9, true);
  for (double tau : {5.0 + 1e-9, 6.0, -1.0, -1e-300, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    problem.situation.settings.tau = tau;
    CHECK_THROWS_AS(problem.read(), Error);
  }
  problem.situation.settings.tau = 6;
  CHECK_THROWS_WITH(problem.read(), "tau must be greater than 0 and at most 5 (the largest number of tape tokens), found 6");
  problem.situation.settings.tau = 5;
  CHECK_NOTHROW(problem.read());
  problem.situation.settings.tau = 0;
  CHECK_NOTHROW(problem.read());
}

TEST_CASE("reader: models without a threshold refuse the same values") {
  for (double tau : {6.0, -1.0, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    CHECK_THROWS_AS(tape::effective_tau<Fixed>(tau), Error);
    CHECK_THROWS_AS(tape::check_tau<Fixed>(tau), Error);
    CHECK_THROWS_AS(tape::check_tau<ReaderOptions>(tau), Error);
  }
  for (double tau : {0.0, 1e-300, 1.0, 5.0}) {
    CHECK(tape::effective_tau<Fixed>(tau) == 5);
    CHECK_NOTHROW(tape::check_tau<ReaderOptions>(tau));
  }
}

TEST_CASE("reader: bank tokens a step") {
  using tape::tokens_per_step;
  CHECK(tokens_per_step<ReaderOptions>(5, 100) == 1);
  CHECK(tokens_per_step<ReaderOptions>(4.999, 100) == 1);
  CHECK(tokens_per_step<ReaderOptions>(2.5, 100) == 2);
  CHECK(tokens_per_step<ReaderOptions>(1.4, 100) == 3);
  CHECK(tokens_per_step<ReaderOptions>(0.1, 100) == 50);
  CHECK(tokens_per_step<ReaderOptions>(5.0 / 3, 100) == 3);
  CHECK(tokens_per_step<ReaderOptions>(1e-300, 100) == 100);
  CHECK(tokens_per_step<ReaderOptions>(1, 4) == 4);
}

TEST_CASE("reader: a tiny threshold reads one token made of the whole bank; the largest reads T single ones") {
  ReaderProblem<ReaderOptions> problem(9, true);
  problem.situation.settings.tau = 1e-3;
  problem.read();
  CHECK(problem.saved.trace.tokens_per_step == 9);
  for (Index length : problem.saved.trace.length) CHECK(length == 1);
  for (double tau : {1e-6, 1e-7, 1e-300, std::numeric_limits<double>::denorm_min()}) {  // h < tau - 1e-6 does not hold even of h = 0
    CAPTURE(tau);
    problem.situation.settings.tau = tau;
    problem.read();
    for (Index length : problem.saved.trace.length) CHECK(length == 1);
    problem.check_gradients();
  }
  problem.situation.settings.tau = 5;
  problem.read();
  CHECK(problem.saved.trace.tokens_per_step == 1);
  for (Index length : problem.saved.trace.length) CHECK(length == 5);
  for (double ponder : problem.saved.trace.ponder) CHECK(ponder == 0);
}

TEST_CASE("reader: a bank of one token") {
  ReaderProblem<ReaderOptions> problem(1, false);
  problem.read();
  for (Index b = 0; b < 3; ++b) {
    CHECK(problem.saved.trace.length[static_cast<std::size_t>(b)] == 1);
    CHECK(problem.saved.trace.step_weights(b, 0)[0] == 1);
    CHECK(problem.saved.trace.ponder[static_cast<std::size_t>(b)] == 0);
  }
  problem.check_gradients();
}

TEST_CASE("reader: a lower threshold reads fewer tokens in total") {
  Index before = std::numeric_limits<Index>::max();
  for (double tau : {5.0, 1.2, 0.2}) {
    ReaderProblem<ReaderOptions> problem(40, true);
    for (double& scale : problem.norm.flat().first(12)) scale *= 2;
    problem.situation.settings.tau = tau;
    problem.read();
    CHECK(total_length(problem) < before);
    before = total_length(problem);
  }
}

TEST_CASE("reader: with every bank token masked the tape is empty, in training only") {
  ReaderProblem<ReaderOptions> problem(20, true);
  problem.situation.settings.bernoulli_p = 1;
  problem.read();
  CHECK(total_length(problem) > 0);
  problem.situation.training = true;
  problem.read();
  CHECK(total_length(problem) == 0);
  for (double ponder : problem.saved.trace.ponder) CHECK(ponder == 0);
  for (Index index : problem.saved.trace.indices) CHECK(index == -1);
}

TEST_CASE("reader: masked tokens are not read, about the wanted share is, and draws are reproducible") {
  ReaderProblem<ReaderOptions> problem(20, true);
  problem.situation = {.settings = {.tau = 5, .query_noise = 0.5, .bernoulli_p = 0.9}, .training = true};
  const auto tape = problem.read();
  const std::vector<double> first(tape.data, tape.data + 12);
  const std::vector<Index> indices(problem.saved.trace.indices.begin(), problem.saved.trace.indices.end());
  const std::vector<double> query(problem.saved.query_input, problem.saved.query_input + 36);
  CHECK(total_length(problem) < 15);  // of about 2 tokens left a sample
  problem.read();
  CHECK(std::ranges::equal(problem.saved.trace.indices, indices));
  CHECK(std::equal(query.begin(), query.end(), problem.saved.query_input));
  problem.situation.training = false;
  problem.read();
  CHECK(total_length(problem) == 15);
  CHECK(!std::equal(query.begin(), query.end(), problem.saved.query_input));
}

TEST_CASE("reader: query noise has its scale") {
  ReaderProblem<ReaderOptions> problem(4, true);
  problem.read();
  const std::vector<double> clean(problem.saved.query_input, problem.saved.query_input + 36);
  problem.situation = {.settings = {.query_noise = 0.5}, .training = true};
  problem.read();
  double squares = 0;
  for (std::size_t i = 0; i < 36; ++i) squares += std::pow(problem.saved.query_input[i] - clean[i], 2) / 36;
  CHECK(squares > 0.25 * 0.4);
  CHECK(squares < 0.25 * 1.9);
}

TEST_CASE("reader: NaN tokens neither crash nor read beyond the bank") {
  for (bool spoil_bank : {false, true}) {
    ReaderProblem<ReaderOptions> problem(6, true);
    (spoil_bank ? problem.bank : problem.x)[5] = std::numeric_limits<double>::quiet_NaN();
    problem.read();
    for (Index length : problem.saved.trace.length) CHECK((length >= 1 && length <= 5));
    for (Index index : problem.saved.trace.indices) CHECK((index >= -1 && index < 6));
  }
}
