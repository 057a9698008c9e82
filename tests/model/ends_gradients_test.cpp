#include "check_model.hpp"
#include "ends.hpp"

using namespace adatape::verify;

TEST_CASE_TEMPLATE("gradients of whole models: prefix tokens, fixed positions and what stands behind the pooling", Config, VitFcNorm, VitRegisters,
                   VitDistilled, VitSincos, InputRegisters, adatape::testing::TapeDistilled, adatape::testing::PonderPrefix, adatape::testing::OwnEnd,
                   adatape::testing::OwnDistilled) {
  adatape::testing::check_golden_model<Config>();
}
TEST_CASE("gradients of whole models: given tokens behind prefix tokens") {
  adatape::testing::ModelProblem<adatape::testing::GivenPrefix, double> problem(3, 8);
  adatape::testing::check_model<adatape::testing::GivenPrefix>(problem, 3, true);
}
