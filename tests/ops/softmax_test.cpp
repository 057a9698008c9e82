#include "adatape/ops/softmax.hpp"

#include "compare.hpp"

using namespace adatape;
using namespace adatape::testing;

TEST_CASE("softmax: float against the reference in double, forward, again and backward") {
  for (Index width = 0; width <= most_odd_sizes; ++width) {
    for (double spread : {1.0, 30.0}) {
      CAPTURE(width);
      CAPTURE(spread);
      const float scale = 0.37f;
      const auto x = random_values<float>(width, 1, spread), dw = random_values<float>(width, 2);
      Guarded weights(x), again(x), gradient(dw);
      auto weights_d = to_double(x), gradient_d = to_double(dw);
      ops::reference::softmax_row(weights_d.data(), width, static_cast<double>(scale));
      ops::reference::softmax_row_backward(weights_d.data(), gradient_d.data(), width, static_cast<double>(scale));
      const auto statistics = ops::softmax_row(weights.data(), width, scale);
      ops::softmax_row_again(again.data(), width, scale, statistics);
      ops::softmax_row_backward(weights.data(), gradient.data(), width, scale);
      check_close(weights.values(), weights_d, 1, 8 * spread);
      check_close(again.values(), weights_d, 1, 8 * spread);
      check_close(gradient.values(), gradient_d, largest_of(to_double(dw)), 16 * spread);
      CHECK((weights.intact() && again.intact() && gradient.intact()));
    }
  }
}

TEST_CASE_TEMPLATE("softmax: extreme scores", T, float, double) {
  std::vector<T> x{T(-1e30), T(1e30), T(0)};
  ops::softmax_row(x.data(), 3, T(1));
  CHECK(x == std::vector<T>{0, 1, 0});
  std::vector<T> equal(37, T(-5e4));
  ops::softmax_row(equal.data(), 37, T(1));
  for (T weight : equal) CHECK(static_cast<double>(weight) == doctest::Approx(1.0 / 37).epsilon(1e-6));
}
