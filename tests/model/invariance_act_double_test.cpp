#include "check_invariance.hpp"

using namespace adatape::testing;
using namespace adatape::verify;

TEST_CASE_TEMPLATE("a sample's bits depend on neither batch nor threads, double: ViT and ACT", Config, VitToken, ActBasic, ActAccumulated) {
  Invariance<Config, double>().check();
}
