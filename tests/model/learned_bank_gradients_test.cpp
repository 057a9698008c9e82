#include "check_model.hpp"

using namespace adatape::verify;

TEST_CASE_TEMPLATE("gradients of whole models: AdaTape, learned bank", Config, LearnGap, LearnTokenTwoFfn, LearnTwoReads, FixedLearn) {
  adatape::testing::check_golden_model<Config>();
}
