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
      ops::scalar::softmax_row(weights_d.data(), width, static_cast<double>(scale));
      ops::scalar::softmax_row_backward_in_place(weights_d.data(), gradient_d.data(), width, static_cast<double>(scale));
      const auto statistics = ops::softmax_row(weights.data(), width, scale);
      ops::softmax_row_again(again.data(), width, scale, statistics);
      ops::softmax_row_backward_in_place(weights.data(), gradient.data(), width, scale);
      check_close(weights.values(), weights_d, 1, 8 * spread);
      check_close(again.values(), weights_d, 1, 8 * spread);
      check_close(gradient.values(), gradient_d, largest_of(to_double(dw)), 16 * spread);
      CHECK((weights.intact() && again.intact() && gradient.intact()));
    }
  }
}

TEST_CASE_TEMPLATE("softmax: large finite scores, where the scale is no power of two", T, float, double) {
  constexpr T largest = std::numeric_limits<T>::max();
  for (const T scale : {T(1 / std::sqrt(T(24))), T(0.37), T(1), T(3)})
    for (const T score : {T(3.3e10), T(-3.3e10), T(1e30), T(-1e37), largest, -largest})
      for (const Index width : {1, 2, 5, 37}) {
        CAPTURE(scale);
        CAPTURE(score);
        CAPTURE(width);
        std::vector<T> weights(static_cast<std::size_t>(width), score);
        auto again = weights;
        const auto statistics = ops::softmax_row(weights.data(), width, scale);
        ops::softmax_row_again(again.data(), width, scale, statistics);
        for (const T weight : weights) CHECK(weight == T(1) / static_cast<T>(width));
        CHECK(same_bits(again, weights));
        if (width == 1) continue;
        auto peaked = std::vector<T>(static_cast<std::size_t>(width), -std::abs(score));
        peaked[1] = std::abs(score);
        again = peaked;
        const auto of_peaked = ops::softmax_row(peaked.data(), width, scale);
        ops::softmax_row_again(again.data(), width, scale, of_peaked);
        for (std::size_t j = 0; j < peaked.size(); ++j) CHECK(peaked[j] == (j == 1 ? 1 : 0));
        CHECK(same_bits(again, peaked));
      }
}

TEST_CASE("softmax: large random scores in float agree with double") {
  for (const double spread : {1e3, 1e6, 1e12}) {
    const auto x = random_values<float>(50, 7, spread);
    auto weights = x;
    auto weights_d = to_double(x);
    ops::softmax_row(weights.data(), 50, 0.2041241f);
    ops::scalar::softmax_row(weights_d.data(), 50, static_cast<double>(0.2041241f));
    check_close(weights, weights_d, 1, 32);
  }
}

TEST_CASE_TEMPLATE("softmax: rows that are not finite stay visible, scores of -infinity weigh nothing", T, float, double) {
  constexpr T infinity = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
  for (const T bad : {infinity, nan})
    for (std::size_t place = 0; place < 21; ++place) {
      std::vector<T> x(21, T(1));
      x[place] = bad;
      ops::softmax_row(x.data(), 21, T(0.5));
      CHECK(std::isnan(x[place]));
    }
  std::vector<T> x{-infinity, T(4), -infinity, T(4)};
  ops::softmax_row(x.data(), 4, T(0.37));
  CHECK(x == std::vector<T>{0, T(0.5), 0, T(0.5)});
}

TEST_CASE_TEMPLATE("softmax: extreme scores", T, float, double) {
  std::vector<T> x{T(-1e30), T(1e30), T(0)};
  ops::softmax_row(x.data(), 3, T(1));
  CHECK(x == std::vector<T>{0, 1, 0});
  std::vector<T> equal(37, T(-5e4));
  ops::softmax_row(equal.data(), 37, T(1));
  for (T weight : equal) CHECK(static_cast<double>(weight) == doctest::Approx(1.0 / 37).epsilon(1e-6));
}
