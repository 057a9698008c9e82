#include "compositions.hpp"
#include "gradient_check.hpp"

using namespace adatape;

TEST_CASE_TEMPLATE("gradients: compositions", L, ADATAPE_TEST_COMPOSITIONS) {
  testing::check_layer_gradients<L>({{4, 2, 5}, 2});
  testing::check_layer_gradients<L>({{4, 2, 5}, 2}, {.training = true, .branch_drop = 0.4});
}
