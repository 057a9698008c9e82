#include "check_model.hpp"

using namespace adatape::verify;

TEST_CASE_TEMPLATE("gradients of whole models: AdaTape, input bank", Config, InputGap, InputShortBank, InputTokenTwoFfn, InputTwoReads, InputReduced,
                   InputOfBlocks, FixedInput) {
  adatape::testing::check_golden_model<Config>();
}
