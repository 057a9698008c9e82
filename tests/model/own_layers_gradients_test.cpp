#include "check_model.hpp"
#include "own_layers.hpp"

using namespace adatape::testing;

TEST_CASE_TEMPLATE("gradients of whole models: layers of a user's own", Config, OwnTape, OwnParity, OwnAct, OwnActShared, OwnPonderNet) {
  check_golden_model<Config>();
}

TEST_CASE("gradients: a pooling of a user's own, and those of the library") {
  using namespace adatape;
  check_report(gradcheck::check_pooling<AttentionPooling<5>>({{3, 1, 4}, 1}));
  check_report(gradcheck::check_pooling<nn::PoolTokens<5, nn::Pool::gap>>({{3, 1, 4}, 1}));
  check_report(gradcheck::check_pooling<nn::PoolTokens<5, nn::Pool::token>>({{3, 1, 4}, 1}));
}
