#include "adatape/act/act_encoder.hpp"
#include "gradient_check.hpp"

using namespace adatape;
using namespace adatape::testing;

namespace {

template <act::ActType type, act::ActLevel level, bool shared>
struct ActOptions : act::HaltingDefaults {
  static constexpr int hidden_size = 6, num_heads = 2, mlp_dim = 7, act_max_steps = 4;
  static constexpr ops::GeluForm gelu = ops::GeluForm::tanh;
  static constexpr act::ActType act_type = type;
  static constexpr act::ActLevel act_level = level;
  static constexpr bool share_parameters = shared;
};

template <class Config>
void check_act_encoder(const Situation& situation) {
  using Encoder = act::ActEncoder<Config>;
  constexpr int D = Encoder::D;
  const RaggedPacking ragged({3, 3, 3, 3}, 3);
  auto parameters = random_parameters<Encoder, double>(3, 0.2);
  for (double& weight : parameters->step_halting_prob.kernel.values) weight *= 2;
  auto x = random_values<double>(12 * D, 1);
  const auto weights = random_values<double>(12 * D, 2), ponder_weights = random_values<double>(4, 3);
  Arena arena;
  typename Encoder::template Saved<double> saved;
  const auto run = [&] {
    arena.reset();
    return Encoder::forward(*parameters, Tokens<double, D>{x.data(), ragged}, nullptr, saved, make_context(arena, situation));
  };
  GradientCheck check([&] {
    Evaluation result{weighted_sum(run().data, weights)};
    std::vector<double> ponder(4, 0.0);
    saved.trace.add_ponder(ponder.data());
    result.value += weighted_sum(ponder.data(), ponder_weights);
    for (const auto& unit : saved.trace.state) result.choices.push_back(2 * static_cast<Index>(unit.updates) + (unit.remainder > 0));
    return result;
  });
  run();
  Parameters<Encoder, double> gradients;
  std::vector<double> dx(x.size());
  Encoder::backward(*parameters, saved, {weights.data(), ragged}, ponder_weights.data(), {dx.data(), ragged}, static_cast<double*>(nullptr), *gradients,
                    make_context(arena, situation));
  check.check(parameters, gradients);
  check.check("tokens", x, dx);
  check.finish();
}

using act::ActLevel;
using act::ActType;

}  // namespace

TEST_CASE_TEMPLATE("gradients: ActEncoder", Config, ActOptions<ActType::basic, ActLevel::per_example, true>, ActOptions<ActType::basic, ActLevel::per_token, true>,
                   ActOptions<ActType::accumulated, ActLevel::per_example, true>, ActOptions<ActType::accumulated, ActLevel::per_token, true>,
                   ActOptions<ActType::basic, ActLevel::per_token, false>, ActOptions<ActType::accumulated, ActLevel::per_example, false>) {
  check_act_encoder<Config>({});
  check_act_encoder<Config>({.settings = {.dropout = 0.2, .stochastic_depth = 0.4}, .training = true});
}
