#include "check_model.hpp"

using namespace adatape::verify;

TEST_CASE_TEMPLATE("gradients of whole models: parity", Config, ParityGap, ParityToken) { adatape::testing::check_golden_model<Config>(); }
