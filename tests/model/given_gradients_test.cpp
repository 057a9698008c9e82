#include "check_model.hpp"

using namespace adatape::verify;

TEST_CASE_TEMPLATE("gradients of whole models: given tokens and banks", Config, GivenTokens, GivenRaw) { adatape::testing::check_golden_model<Config>(); }
