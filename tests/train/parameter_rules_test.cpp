#include "../../examples/image/parameter_rules.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "adatape/core/parameters.hpp"
#include "adatape/model/classifier.hpp"

using namespace adatape;
using namespace adatape::examples;

namespace {

struct Tiny : model::ModelDefaults {
  static constexpr std::array<int, 3> image{8, 8, 1};
  static constexpr int patch_size = 4, patch_bank_size = 2, hidden_size = 8, num_heads = 2, mlp_dim = 16, tt_mlp_dim = 8, num_layers = 3;
  static constexpr int num_classes = 3;
  [[maybe_unused]] static constexpr int split_tt = 2;
  static constexpr std::array<int, 2> add_tape_token_to_layers{1, 2};
};
using Tensors = Parameters<model::Classifier<Tiny>, float>;

ModelFacts facts() {
  ModelFacts facts;
  facts.name = "tiny";
  facts.blocks = 3;
  facts.read_layers = {1, 2};
  for (const auto& entry : Tensors::layout()) facts.tensors.emplace_back(entry.name());
  return facts;
}

train::ParameterRule rule(const train::ParameterRules& rules, std::string_view name) {
  for (const auto& entry : Tensors::layout())
    if (entry.name() == name) return rules(entry);
  FAIL("no tensor " << name);
  return {};
}

std::string usage_error(const RuleSettings& settings) {
  try {
    parameter_rules(settings, facts());
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("parameter rules of flags: none, decay, layers and frozen tensors") {
  CHECK(!parameter_rules({}, facts()));

  const auto kernels = parameter_rules({.decay = "kernels"}, facts());
  CHECK(rule(kernels, "output_projection/kernel").decays);
  CHECK(!rule(kernels, "output_projection/bias").decays);
  CHECK(!rule(kernels, "posembed_input/pos_embedding").decays);
  CHECK(rule(kernels, "embedding/kernel").rate_scale == 1);

  const auto all = parameter_rules({.decay = "kernels", .freeze = "embedding/,encoderblock_0", .layer_decay = 0.5}, facts());
  CHECK(!rule(all, "embedding/kernel").trained);
  CHECK(!rule(all, "Transformer/encoderblock_0/LayerNorm_0/scale").trained);
  CHECK(rule(all, "embedding_bank/kernel").trained);
  CHECK(rule(all, "Transformer/encoderblock_1/LayerNorm_0/scale").trained);
  CHECK(!rule(all, "Transformer/encoderblock_1/LayerNorm_0/scale").decays);
  CHECK(rule(all, "embedding_bank/kernel").rate_scale == std::pow(0.5, 4));
  CHECK(rule(all, "Transformer/AddTapeToken_1/MlpBlock_0/Dense_0/kernel").rate_scale == 0.5);
  CHECK(rule(all, "Transformer/encoderblock_1/MlpBlock_0/Dense_0/kernel").rate_scale == 0.25);
  CHECK(rule(all, "output_projection/kernel").rate_scale == 1);
  CHECK(rule(parameter_rules({.layer_decay = 0.5}, facts()), "output_projection/bias").decays);
}

TEST_CASE("parameter rules of flags: what is refused") {
  CHECK(usage_error({.freeze = "embedding,blok"}) == "--freeze: no tensor of tiny has \"blok\" in its name");
  for (const char* parts : {",", "embedding,,cls", ",embedding"}) CHECK(usage_error({.freeze = parts}) == "--freeze: no tensor of tiny has \"\" in its name");
  CHECK(usage_error({.freeze = "kernel,bias,scale,pos_embedding"}) == "--freeze: no tensor of tiny is left to train");
  CHECK(usage_error({.freeze = "kernel,bias,scale"}) == "");
  CHECK(usage_error({.decay = "norms"}) == "--decay: wanted all or kernels, found \"norms\"");
  for (const double decay : {0.0, -0.5, 1.5, std::nan("")}) CHECK(usage_error({.layer_decay = decay}) == "--layer-decay: wanted a number above 0 and at most 1");
}
