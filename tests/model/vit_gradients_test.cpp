#include "check_model.hpp"

using namespace adatape::verify;

namespace {

struct ActOfBlocks : ActMixed {
  static constexpr int hidden_size = 12, mlp_dim = 20;
  static constexpr double layer_norm_epsilon = 1e-3, layer_scale = 0.5;
  static constexpr bool qkv_bias = false;
};

}  // namespace

TEST_CASE_TEMPLATE("gradients of whole models: ViT, ACT and PonderNet", Config, VitGap, VitToken, ActOfBlocks, ActBasic, ActMixed, ActAccumulated,
                   PonderNetShared, PonderNetUnshared) {
  adatape::testing::check_golden_model<Config>();
}
