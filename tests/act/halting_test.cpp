#include "adatape/act/halting.hpp"

#include <doctest/doctest.h>

#include "adatape/act/act_encoder.hpp"
#include "random_values.hpp"
#include "small_encoder.hpp"

using namespace adatape;
using namespace adatape::testing;

namespace {

/// The equations of a unit, transcribed.
struct Literal {
  double h = 0, R = 0, N = 0, weight = 0;
  void step(double p, double threshold) {
    const bool run = h < 1, halts = run && h + p > threshold, goes_on = run && !halts;
    if (goes_on) h += p;
    if (halts) R += 1 - h;
    if (halts) h += R;
    if (run) N += 1;
    weight = goes_on ? p : halts ? R : 0;
  }
};

struct PerToken : Small {
  static constexpr act::ActLevel act_level = act::ActLevel::per_token;
  static constexpr act::ActType act_type = act::ActType::accumulated;
};

}  // namespace

TEST_CASE("halting: the equations, transcribed, on random probabilities") {
  const Stream random(1, Purpose::data);
  std::uint64_t draw = 0;
  for (double epsilon : {0.0, 0.01, 0.3})
    for (double scale : {0.05, 0.4, 1.0})
      for (int unit = 0; unit < 200; ++unit) {
        act::HaltingState<double> state;
        Literal literal;
        double total = 0;
        for (int t = 0; t < 12; ++t) {
          const double p = scale * random.uniform(draw++);
          const auto step = state.advance(p, 1 - epsilon);
          literal.step(p, 1 - epsilon);
          CHECK(step.weight == doctest::Approx(literal.weight).epsilon(1e-14));
          CHECK(state.remainder == doctest::Approx(literal.R).epsilon(1e-14));
          CHECK(state.updates == literal.N);
          CHECK(state.running() == (literal.h < 1));
          total += step.weight;
        }
        if (!state.running()) CHECK(total == doctest::Approx(1));
      }
}

TEST_CASE("halting: a first probability above the threshold takes one step of weight 1; NaN does not run on") {
  act::HaltingState<float> state;
  const auto step = state.advance(0.995f, 0.99f);
  CHECK((step.halts && !step.goes_on && step.weight == 1 && state.remainder == 1 && state.updates == 1 && !state.running()));
  CHECK(state.advance(0.5f, 0.99f).weight == 0);
  CHECK(state.updates == 1);
  act::HaltingState<float> spoilt;
  spoilt.advance(std::numeric_limits<float>::quiet_NaN(), 0.99f);
  CHECK(!spoilt.running());
}

TEST_CASE_TEMPLATE("ACT: samples leave the batch when none of their units runs, and the mixed output is the equations'", Config, Small, PerToken) {
  using Encoder = act::ActEncoder<Config>;
  constexpr int D = Config::hidden_size;
  constexpr bool per_token = Config::act_level == act::ActLevel::per_token, basic = Config::act_type == act::ActType::basic;
  constexpr Index samples = 8, own = 3;
  auto parameters = random_parameters<Encoder, double>(2, 0.3);
  for (double& weight : parameters->step_halting_prob.kernel.values) weight *= 3;
  Arena arena;
  const Context context{.arena = arena};
  const auto packing = uniform_packing(samples, own, arena);
  auto x = random_values<double>(samples * own * D, 4, 1.5);
  typename Encoder::template Saved<double> saved;
  const auto out = Encoder::forward(*parameters, Tokens<double, D>{x.data(), packing}, nullptr, saved, context);

  Index fewest = 100, most = 0;
  for (Index b = 0; b < samples; ++b) {
    auto state = x;
    state = {x.begin() + b * own * D, x.begin() + (b + 1) * own * D};
    std::vector<double> mixed(state.size(), 0.0);
    std::vector<Literal> units(per_token ? own : 1);
    Index t = 0;
    for (; t < Config::act_max_steps && std::ranges::any_of(units, [](const auto& unit) { return unit.h < 1; }); ++t) {
      std::vector<double> p(own);
      for (std::size_t i = 0; i < own; ++i) {
        double score = parameters->step_halting_prob.bias.values[0];
        for (std::size_t c = 0; c < D; ++c) score += state[i * D + c] * parameters->step_halting_prob.kernel.values[c];
        p[i] = 1 / (1 + std::exp(-score));
      }
      if (!per_token) p = {(p[0] + p[1] + p[2]) / 3};
      for (std::size_t u = 0; u < units.size(); ++u) units[u].step(p[u], 1 - Config::act_epsilon);
      const auto alone = uniform_packing(1, own, arena);
      auto before = state;
      typename Encoder::Block::template Saved<double> unused;
      Encoder::Block::forward(parameters->block, Tokens<double, D>{before.data(), alone}, Tokens<double, D>{state.data(), alone}, unused, context);
      for (std::size_t i = 0; i < state.size(); ++i) {
        const double weight = units[per_token ? i / D : 0].weight;
        mixed[i] = basic ? state[i] * weight + mixed[i] * (1 - weight) : mixed[i] + state[i] * weight;
      }
    }
    fewest = std::min(fewest, t);
    most = std::max(most, t);
    for (std::size_t u = 0; u < units.size(); ++u) {
      CHECK(saved.trace.sample(b)[u].updates == units[u].N);
      CHECK(saved.trace.sample(b)[u].remainder == doctest::Approx(units[u].R).epsilon(1e-12));
    }
    for (std::size_t i = 0; i < mixed.size(); ++i) CHECK(out.sample(b).data()[i] == doctest::Approx(mixed[i]).epsilon(1e-11));
    // The sample was in the batch of its own steps and of no other.
    for (Index step = 0; step < saved.trace.steps(); ++step) {
      const auto& live = saved.step[static_cast<std::size_t>(step)].live;
      CHECK(std::ranges::count(live.sample, b) == (step < t ? 1 : 0));
      CHECK(live.tokens.rows() == live.samples() * own);
    }
  }
  CHECK(saved.trace.steps() == most);
  CHECK(fewest < most);
}
