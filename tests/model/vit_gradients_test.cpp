#include "check_model.hpp"

using namespace adatape::verify;

TEST_CASE_TEMPLATE("gradients of whole models: ViT, ACT and PonderNet", Config, VitGap, VitToken, ActBasic, ActMixed, ActAccumulated, PonderNetShared,
                   PonderNetUnshared) {
  adatape::testing::check_golden_model<Config>();
}
