#include "check_model.hpp"

using namespace adatape::verify;

TEST_CASE_TEMPLATE("gradients of whole models: ViT and ACT", Config, VitGap, VitToken, ActBasic, ActMixed, ActAccumulated) {
  adatape::testing::check_golden_model<Config>();
}
