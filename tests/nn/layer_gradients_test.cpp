#include <doctest/doctest.h>

#include "adatape/nn/block.hpp"
#include "adatape/nn/tanh.hpp"
#include "gradient_check.hpp"

using namespace adatape;
using testing::check_layer_gradients;

namespace {

const testing::RaggedPacking ragged{{3, 1, 5, 2}, 1};
const testing::RaggedPacking with_tape{{4, 2, 5, 2}, 2};  // the second and the last sample have no tape

constexpr testing::Situation dropping{.settings = {.dropout = 0.3}, .training = true};
constexpr testing::Situation skipping{.training = true, .branch_drop = 0.4};
constexpr testing::Situation both{.settings = {.dropout = 0.2}, .training = true, .branch_drop = 0.4};

}  // namespace

TEST_CASE("gradients: Linear") {
  check_layer_gradients<nn::Linear<5, 7>>(ragged);
  check_layer_gradients<nn::Linear<1, 1>>(ragged);
}

TEST_CASE("gradients: LayerNorm") {
  check_layer_gradients<nn::LayerNorm<7>>(ragged);
  check_layer_gradients<nn::LayerNorm<24>>(ragged);
  check_layer_gradients<nn::LayerNorm<7, nn::Epsilon{0.3}>>(ragged);
}

TEST_CASE("gradients: Tanh") { check_layer_gradients<nn::Tanh<5>>(ragged); }

TEST_CASE_TEMPLATE("gradients: Mlp", L, nn::Mlp<5, 9>, nn::Mlp<6, 8, ops::GeluForm::erf>, nn::GluMlp<5, 7>) {
  check_layer_gradients<L>(ragged);
  check_layer_gradients<L>(ragged, dropping);
}

TEST_CASE_TEMPLATE("gradients: Attention", L, nn::Attention<6, 1>, nn::Attention<6, 3>, nn::Attention<8, 2>, nn::Attention<6, 2, false>) {
  check_layer_gradients<L>(ragged);
  check_layer_gradients<L>(ragged, dropping);
}

TEST_CASE("gradients: SeparateTapeMlp, some samples without tape") {
  using L = nn::SeparateTapeMlp<nn::Mlp<5, 8>, nn::GluMlp<5, 6>>;
  check_layer_gradients<L>(with_tape);
  check_layer_gradients<L>(with_tape, dropping);
  check_layer_gradients<L>({{2, 2}, 2});
}

TEST_CASE("gradients: Chain and Skip, with and without stochastic depth") {
  check_layer_gradients<nn::Chain<nn::Linear<4, 6>, nn::LayerNorm<6>>>(ragged);
  using L = nn::Skip<nn::Mlp<5, 6>, 1>;
  check_layer_gradients<L>(ragged);
  check_layer_gradients<L>(ragged, skipping);
  check_layer_gradients<L>(ragged, both);
}

TEST_CASE_TEMPLATE("gradients: LayerScale", L, nn::LayerScale<"gamma", nn::Mlp<5, 6>, Init::constant(0.3)>,
                   nn::LayerScale<"gamma", nn::Attention<6, 2>, Init::ones()>) {
  check_layer_gradients<L>(ragged);
  check_layer_gradients<nn::Skip<L, 1>>(ragged, both);
}

TEST_CASE_TEMPLATE("gradients: EncoderBlock", L, nn::EncoderBlock<6, 2, 8>, nn::EncoderBlock<6, 3, 5, ops::GeluForm::erf, 4>,
                   nn::EncoderBlock<6, 2, 5, ops::GeluForm::tanh, 4, nn::BlockOptions{1e-2, false, 0.3}>) {
  check_layer_gradients<L>(with_tape);
  check_layer_gradients<L>(with_tape, both);
}
