#include <doctest/doctest.h>

#include <array>
#include <limits>

#include "adatape/act/pondernet_encoder.hpp"
#include "random_values.hpp"
#include "small_encoder.hpp"

using namespace adatape;
using namespace adatape::testing;

namespace {

using Values = std::vector<double>;
using View = std::span<const double>;

Values distribution(const Values& lambda) {
  Values p(lambda.size());
  act::halting_distribution(View(lambda), std::span<double>(p));
  return p;
}

/// lambda of so many steps; the last one does not count.
Values random_lambda(std::size_t steps, std::uint64_t seed) {
  const Stream random(seed, Purpose::data);
  Values lambda(steps);
  for (std::size_t n = 0; n < steps; ++n) lambda[n] = 0.01 + 0.98 * random.uniform(n);
  return lambda;
}

/// The definition, transcribed: sums and logarithms of products.
double literal_divergence(const Values& lambda, double prior) {
  const std::size_t steps = lambda.size();
  double divergence = 0;
  for (std::size_t n = 0; n < steps; ++n) {
    double p = n + 1 < steps ? lambda[n] : 1, g = n + 1 < steps ? prior : 1;
    for (std::size_t m = 0; m < n; ++m) p *= 1 - lambda[m], g *= 1 - prior;
    divergence += p * std::log(p / g);
  }
  return divergence;
}

struct Unshared : Small {
  static constexpr bool share_parameters = false;
  static constexpr int act_max_steps = 4;
};

constexpr Index own = 3, samples = 8;

template <class Config>
struct EncoderProblem {
  using Encoder = act::PonderNetEncoder<Config>;
  static constexpr int D = Config::hidden_size;
  Parameters<Encoder, double> parameters = random_parameters<Encoder, double>(2, 0.3);
  std::vector<double> x = random_values<double>(samples * own * D, 4, 1.5);

  EncoderProblem() {
    for (double& weight : parameters->step_halting_prob.kernel.values) weight *= 3;
  }
  /// The states of sample b behind all steps, and lambda: a block at a time, one sample alone.
  std::pair<std::vector<Values>, Values> literal(Index b) const {
    std::vector<Values> states;
    Values lambda, state(x.begin() + b * own * D, x.begin() + (b + 1) * own * D);
    Arena arena;
    const auto alone = uniform_packing(1, own, arena);
    for (int t = 0; t < Config::act_max_steps; ++t) {
      auto before = state;
      typename Encoder::Block::template Saved<double> unused;
      const auto& block = Encoder::Blocks::at(parameters->block, t);
      Encoder::Block::forward(block, Tokens<double, D>{before.data(), alone}, Tokens<double, D>{state.data(), alone}, unused, Context{.arena = arena});
      double mean = 0;
      for (std::size_t i = 0; i < own; ++i) {
        double score = parameters->step_halting_prob.bias.values[0];
        for (std::size_t c = 0; c < D; ++c) score += state[i * D + c] * parameters->step_halting_prob.kernel.values[c];
        mean += 1 / (1 + std::exp(-score)) / own;
      }
      states.push_back(state);
      lambda.push_back(std::clamp(mean, act::kLambdaMargin, 1 - act::kLambdaMargin));
    }
    return {states, lambda};
  }
  /// The states that inference answers from under these settings, and its record.
  auto infer(const Settings& settings, Arena& arena, std::uint64_t seed = 0, std::span<const std::uint64_t> numbers = {}) const {
    const Context context{.arena = arena, .settings = settings, .seed = seed, .sample_numbers = numbers};
    const auto packed = Encoder::template pack_weights<double>(*parameters, arena);
    const auto copy = take_tokens<D, double>(uniform_packing(samples, own, arena), arena);
    std::ranges::copy(x, copy.data);
    typename Encoder::template Trace<double> trace;
    const auto out = Encoder::infer(packed, copy, nullptr, trace, context);
    return std::pair(out, trace);
  }
};

void check_close(const double* found, const Values& wanted) {
  for (std::size_t i = 0; i < wanted.size(); ++i) CHECK(found[i] == doctest::Approx(wanted[i]).epsilon(1e-10));
}

}  // namespace

TEST_CASE("PonderNet: equal lambda gives the geometric prior, with all the rest on the last step, and a divergence of exactly 0") {
  const Values p = distribution(Values(6, 0.2)), wanted{0.2, 0.16, 0.128, 0.1024, 0.08192, 0.32768};
  double mean = 0;
  for (std::size_t n = 0; n < 6; ++n) {
    CHECK(p[n] == doctest::Approx(wanted[n]).epsilon(1e-14));
    mean += static_cast<double>(n + 1) * p[n];
  }
  CHECK(mean == doctest::Approx(3.68928).epsilon(1e-14));
  for (double prior : {1e-6, 0.05, 0.2, 0.35, 0.9, 1 - 1e-6})
    for (std::size_t steps : {1u, 2u, 6u, 40u}) CHECK(act::divergence_from_geometric(View(Values(steps, prior)), prior) == 0);
}

TEST_CASE("PonderNet: p adds up to 1, and the divergence is that of the definition and not negative") {
  for (std::uint64_t seed = 0; seed < 200; ++seed)
    for (std::size_t steps : {1u, 2u, 5u, 20u}) {
      const Values lambda = random_lambda(steps, seed), p = distribution(lambda);
      double sum = 0;
      for (const double each : p) sum += each;
      CHECK(sum == doctest::Approx(1).epsilon(1e-14));
      const double divergence = act::divergence_from_geometric(View(lambda), 0.3);
      CHECK(divergence == doctest::Approx(literal_divergence(lambda, 0.3)).epsilon(1e-11));
      CHECK(divergence >= -1e-15);
      CHECK(act::going_on_after(View(lambda).first(steps - 1)) == doctest::Approx(p.back()).epsilon(1e-14));
    }
}

TEST_CASE("PonderNet: the gradient of lambda is that of sum_n p_n loss_n + beta KL, by central differences") {
  for (std::uint64_t seed = 0; seed < 20; ++seed)
    for (std::size_t steps : {2u, 3u, 7u}) {
      Values lambda = random_lambda(steps, seed);
      const Values losses = random_values<double>(static_cast<Index>(steps), seed + 100);
      const double beta = 0.3, prior = 0.25, h = 1e-5;
      const auto loss = [&] {
        const Values p = distribution(lambda);
        double sum = beta * literal_divergence(lambda, prior);
        for (std::size_t n = 0; n < steps; ++n) sum += p[n] * losses[n];
        return sum;
      };
      Values gradient = losses;
      act::halting_gradient_in_place(View(lambda), beta, prior, std::span<double>(gradient));
      for (std::size_t n = 0; n < steps; ++n) {
        const double kept = lambda[n];
        lambda[n] = kept + h;
        const double above = loss();
        lambda[n] = kept - h;
        const double below = loss();
        lambda[n] = kept;
        CHECK(gradient[n] == doctest::Approx((above - below) / (2 * h)).epsilon(1e-6));
      }
      CHECK(gradient.back() == 0);
    }
}

TEST_CASE("PonderNet: lambda at its margins, for many steps, gives finite numbers") {
  for (const double lambda : {act::kLambdaMargin, 1 - act::kLambdaMargin})
    for (std::size_t steps : {3u, 200u}) {
      const Values all(steps, lambda);
      CHECK(std::isfinite(act::divergence_from_geometric(View(all), 0.2)));
      Values gradient(steps, 1.5);
      act::halting_gradient_in_place(View(all), 0.01, 0.2, std::span<double>(gradient));
      CHECK(std::ranges::all_of(gradient, [](double value) { return std::isfinite(value); }));
    }
}

TEST_CASE("PonderNet: the median is the first step with a sum of 1/2 or more") {
  const auto median = [](const Values& p) { return act::median_step(View(p)); };
  CHECK(median({0.5, 0.5}) == 0);
  CHECK(median({0.25, 0.25, 0.5}) == 1);
  CHECK(median({0.25, 0.2, 0.05, 0.5}) == 2);
  CHECK(median({0.1, 0.2, 0.7}) == 2);
  CHECK(median({1.0}) == 0);
}

TEST_CASE("PonderNet: the mean step of many draws is that of p, and a draw depends on seed, sample number and step alone") {
  using Problem = EncoderProblem<Small>;
  const Problem problem;
  std::array<double, samples> steps{};
  Arena arena;
  constexpr std::uint64_t draws = 2000;
  for (std::uint64_t seed = 0; seed < draws; ++seed) {
    arena.reset();
    const auto trace = problem.infer({.halting = HaltingRule::sample}, arena, seed).second;
    for (Index b = 0; b < samples; ++b) steps[static_cast<std::size_t>(b)] += trace.steps(b);
  }
  for (Index b = 0; b < samples; ++b) {
    const Values p = distribution(problem.literal(b).second);
    double mean = 0, square = 0;
    for (std::size_t n = 0; n < p.size(); ++n) mean += static_cast<double>(n + 1) * p[n], square += static_cast<double>((n + 1) * (n + 1)) * p[n];
    const double error = std::sqrt((square - mean * mean) / draws);
    CHECK(std::abs(steps[static_cast<std::size_t>(b)] / draws - mean) < 4.5 * error);
  }
  // The same numbers at other places, and other numbers.
  const std::vector<std::uint64_t> numbers{5, 9, 2, 7, 1, 3, 8, 4}, others{50, 90, 20, 70, 10, 30, 80, 40};
  Index changed = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Arena first, second;
    const auto by_numbers = problem.infer({.halting = HaltingRule::sample}, first, seed, numbers).second;
    const auto by_others = problem.infer({.halting = HaltingRule::sample}, second, seed, others).second;
    for (Index b = 0; b < samples; ++b) {
      changed += by_numbers.steps(b) != by_others.steps(b);
      const Values lambda = problem.literal(b).second;
      int wanted = 1;
      for (; wanted < Small::act_max_steps; ++wanted) {
        const auto site = static_cast<std::uint32_t>(16 * (wanted - 1));
        const Stream stream(seed, Purpose::halting, 0, numbers[static_cast<std::size_t>(b)], site);
        if (stream.uniform(0) < lambda[static_cast<std::size_t>(wanted - 1)]) break;
      }
      CHECK(by_numbers.steps(b) == wanted);
    }
  }
  CHECK(changed > 20);
}

TEST_CASE_TEMPLATE("PonderNet: forward gives the states and lambda of the equations", Config, Small, Unshared) {
  using Problem = EncoderProblem<Config>;
  using Encoder = typename Problem::Encoder;
  const Problem problem;
  Arena arena;
  auto x = problem.x;
  typename Encoder::template Saved<double> saved;
  const auto packing = uniform_packing(samples, own, arena);
  const auto states = Encoder::forward(*problem.parameters, Tokens<double, Problem::D>{x.data(), packing}, nullptr, saved, Context{.arena = arena});
  CHECK(same_bits(x, problem.x));
  CHECK(states.packing.samples() == Config::act_max_steps * samples);
  std::vector<double> ponder(samples, 0.0);
  saved.trace.add_ponder(ponder.data());
  for (Index b = 0; b < samples; ++b) {
    const auto [wanted, lambda] = problem.literal(b);
    CHECK(saved.trace.steps(b) == Config::act_max_steps);
    for (Index n = 0; n < Config::act_max_steps; ++n) check_close(states.sample(n * samples + b).data(), wanted[static_cast<std::size_t>(n)]);
    check_close(saved.trace.lambda_of(b).data(), Values(lambda.begin(), lambda.end() - 1));
    check_close(saved.trace.probability_of(b).data(), distribution(lambda));
    CHECK(ponder[static_cast<std::size_t>(b)] == doctest::Approx(literal_divergence(lambda, Config::lambda_p)).epsilon(1e-10));
  }
}

TEST_CASE_TEMPLATE("PonderNet: inference answers from the state of the median step, and a sample that halted is not computed", Config, Small, Unshared) {
  const EncoderProblem<Config> problem;
  Arena arena;
  const auto [out, trace] = problem.infer({}, arena);
  int fewest = 100, most = 0;
  for (Index b = 0; b < samples; ++b) {
    const auto [states, lambda] = problem.literal(b);
    const Index median = act::median_step(View(distribution(lambda)));
    CHECK(trace.steps(b) == median + 1);
    fewest = std::min(fewest, trace.steps(b));
    most = std::max(most, trace.steps(b));
    check_close(out.sample(b).data(), states[static_cast<std::size_t>(median)]);
    const auto p = distribution(lambda);
    check_close(trace.probability_of(b).data(), Values(p.begin(), p.begin() + median + 1));
    for (Index n = median + 1; n < Config::act_max_steps; ++n) CHECK(trace.lambda[static_cast<std::size_t>(b * Config::act_max_steps + n)] == 0);
  }
  CHECK(fewest < most);
}

TEST_CASE("PonderNet: a state that is not a number ends at the last step") {
  EncoderProblem<Small> problem;
  std::fill_n(problem.x.begin(), own * EncoderProblem<Small>::D, std::numeric_limits<double>::quiet_NaN());
  Arena arena;
  for (const auto rule : {HaltingRule::median, HaltingRule::sample}) {
    arena.reset();
    const auto trace = problem.infer({.halting = rule}, arena).second;
    CHECK(trace.steps(0) == Small::act_max_steps);
    CHECK(!trace.runs(0));
  }
}
