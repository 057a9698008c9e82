#include "check_invariance.hpp"

using namespace adatape::testing;
using namespace adatape::verify;

TEST_CASE_TEMPLATE("a sample's bits depend on neither batch nor threads, float", Config, Width64, Width192, LearnTokenTwoFfn, InputTwoReads, InputOfBlocks,
                   InputReduced, ParityToken, FixedInput, GivenTokens, GivenRaw) {
  Invariance<Config, float>().check();
}
