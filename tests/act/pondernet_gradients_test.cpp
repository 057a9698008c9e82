#include "adatape/act/pondernet_encoder.hpp"
#include "gradient_check.hpp"

using namespace adatape;
using namespace adatape::testing;

namespace {

template <bool shared>
struct PonderNetOptions : act::HaltingDefaults {
  static constexpr int hidden_size = 6, num_heads = 2, mlp_dim = 7, act_max_steps = 4;
  static constexpr ops::GeluForm gelu = ops::GeluForm::tanh;
  static constexpr bool share_parameters = shared;
};

struct StepsGradient {
  const double *dponder = nullptr, *dprobability = nullptr;
};

/// A weighted sum of the states behind all steps, of p and of ponder. halting_bias is that of the score of halting.
template <class Config>
void check_pondernet_encoder(const Situation& situation, double halting_bias) {
  using Encoder = act::PonderNetEncoder<Config>;
  constexpr int D = Encoder::D, N = Encoder::max_steps;
  const RaggedPacking ragged({3, 3, 3, 3}, 3);
  auto parameters = random_parameters<Encoder, double>(3, 0.2);
  for (double& weight : parameters->step_halting_prob.kernel.values) weight *= 2;
  parameters->step_halting_prob.bias.values[0] = halting_bias;
  auto x = random_values<double>(12 * D, 1);
  const auto state_weights = random_values<double>(N * 12 * D, 2), ponder_weights = random_values<double>(4, 3), p_weights = random_values<double>(4 * N, 4);
  Arena arena;
  typename Encoder::template Saved<double> saved;
  const auto run = [&] {
    arena.reset();
    return Encoder::forward(*parameters, Tokens<double, D>{x.data(), ragged}, nullptr, saved, make_context(arena, situation));
  };
  GradientCheck check([&] {
    Evaluation result{weighted_sum(run().data, state_weights)};
    std::vector<double> ponder(4, 0.0);
    saved.trace.add_ponder(ponder.data());
    result.value += weighted_sum(ponder.data(), ponder_weights) + weighted_sum(saved.trace.probability.data(), p_weights);
    for (const double lambda : saved.trace.lambda) result.choices.push_back(lambda == act::kLambdaMargin || lambda == 1 - act::kLambdaMargin);
    return result;
  });
  const auto packing = run().packing;
  Parameters<Encoder, double> gradients;
  std::vector<double> dx(x.size());
  Encoder::backward(*parameters, saved, {state_weights.data(), packing}, StepsGradient{ponder_weights.data(), p_weights.data()}, {dx.data(), ragged},
                    static_cast<double*>(nullptr), *gradients, make_context(arena, situation));
  const bool outside = std::abs(halting_bias) > 30;
  CHECK((gradients->step_halting_prob.bias.values[0] == 0) == outside);
  check.check(parameters, gradients);
  check.check("tokens", x, dx);
  check.finish();
}

}  // namespace

TEST_CASE_TEMPLATE("gradients: PonderNetEncoder", Config, PonderNetOptions<true>, PonderNetOptions<false>) {
  check_pondernet_encoder<Config>({}, 0.1);
  check_pondernet_encoder<Config>({.settings = {.dropout = 0.2, .stochastic_depth = 0.4}, .training = true}, -0.5);
  check_pondernet_encoder<Config>({.settings = {.recompute = true}}, 0.1);
  for (const double outside_of_the_margins : {-40.0, 40.0}) check_pondernet_encoder<Config>({}, outside_of_the_margins);
}
