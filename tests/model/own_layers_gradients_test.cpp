#include "check_model.hpp"
#include "own_layers.hpp"

using namespace adatape::testing;

TEST_CASE_TEMPLATE("gradients of whole models: layers of a user's own", Config, OwnTape, OwnParity, OwnAct, OwnActShared) { check_golden_model<Config>(); }
