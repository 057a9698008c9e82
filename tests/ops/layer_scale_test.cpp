#include "adatape/ops/layer_scale.hpp"

#include "compare.hpp"
#include "threads.hpp"

using namespace adatape;
using namespace adatape::testing;

TEST_CASE_TEMPLATE("layer_scale: the equations, in place, and the same bits for any number of threads", T, float, double) {
  const Index rows = 70, width = 150;
  const auto x = random_values<T>(rows * width, 1), dy = random_values<T>(rows * width, 2), gamma = random_values<T>(width, 3);
  std::vector<T> y(x), dx(x.size()), dgamma(random_values<T>(width, 4));
  const auto before = dgamma;
  ops::layer_scale(y.data(), gamma.data(), rows, width, y.data());
  ops::layer_scale_backward(x.data(), gamma.data(), dy.data(), rows, width, dx.data(), dgamma.data());
  std::vector<double> sums = to_double(before), products_y, products_dx;
  for (Index i = 0; i < rows * width; ++i) {
    const auto at = static_cast<std::size_t>(i), column = static_cast<std::size_t>(i % width);
    products_y.push_back(static_cast<double>(gamma[column]) * static_cast<double>(x[at]));
    products_dx.push_back(static_cast<double>(gamma[column]) * static_cast<double>(dy[at]));
    sums[column] += static_cast<double>(dy[at]) * static_cast<double>(x[at]);
  }
  for (std::size_t i = 0; i < y.size(); ++i) {
    CHECK(y[i] == static_cast<T>(products_y[i]));
    CHECK(dx[i] == static_cast<T>(products_dx[i]));
  }
  for (std::size_t j = 0; j < sums.size(); ++j) CHECK(static_cast<double>(dgamma[j]) == doctest::Approx(sums[j]).epsilon(1e-4));
  for (const int count : {1, 3}) {
    const Threads threads(count);
    auto again = before;
    ops::layer_scale_backward(x.data(), gamma.data(), dy.data(), rows, width, dx.data(), again.data());
    CHECK(same_bits(again, dgamma));
  }
}
