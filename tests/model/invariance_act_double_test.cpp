#include "check_invariance.hpp"

using namespace adatape::testing;
using namespace adatape::verify;

TEST_CASE_TEMPLATE("a sample's bits depend on neither batch nor threads, double: ViT, ACT and PonderNet", Config, VitToken, ActBasic, ActAccumulated,
                   PonderNetShared, PonderNetUnshared) {
  Invariance<Config, double>().check();
}
