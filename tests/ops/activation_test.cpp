#include "adatape/ops/gelu.hpp"
#include "adatape/ops/gemm.hpp"
#include "adatape/ops/glu.hpp"
#include "compare.hpp"

using namespace adatape;
using namespace adatape::testing;

namespace {

template <ops::GeluForm form>
void check_gelu(const std::vector<float>& x) {
  const auto count = static_cast<Index>(x.size());
  Guarded input(x), y(count), derivative(count);
  const auto xd = to_double(x);
  std::vector<double> yd(x.size()), derivative_d(x.size());
  ops::scalar::gelu_with_derivative<form>(xd.data(), count, yd.data(), derivative_d.data());
  ops::gelu_with_derivative<form>(input.data(), count, y.data(), derivative.data());
  check_close(y.values(), yd, std::max(1.0, largest_of(xd)), 8);
  check_close(derivative.values(), derivative_d, 1, 32);
  CHECK((y.intact() && derivative.intact()));
}

/// x times the unit matrix, so that the products are x.
template <ops::GeluForm form>
void check_gelu_epilogues(Index rows, Index width) {
  CAPTURE(rows);
  CAPTURE(width);
  const auto x = random_values<float>(rows * width, 1, 2), factors = random_values<float>(rows * width, 2);
  std::vector<float> unit(static_cast<std::size_t>(width * width)), y(x.size()), derivative(x.size());
  for (Index i = 0; i < width; ++i) unit[static_cast<std::size_t>(i * width + i)] = 1;
  ops::gelu_with_derivative<form>(x.data(), rows * width, y.data(), derivative.data());
  Guarded from_product(rows * width), input(rows * width);
  const auto multiply = [&](const auto& epilogue) {
    ops::gemm<float>(ops::row_major(x.data(), rows, width), ops::row_major(unit.data(), width, width), ops::row_major(from_product.data(), rows, width), {}, epilogue);
    CHECK((from_product.intact() && input.intact()));
  };
  multiply(ops::GeluEpilogue<form>{});
  CHECK(same_bits<float>(from_product.values(), y));
  multiply(ops::KeepingGeluEpilogue<form, float>{input.data(), width});
  CHECK(same_bits<float>(from_product.values(), y));
  CHECK(same_bits<float>(input.values(), x));
  multiply(ops::MultiplyEpilogue<float>{factors.data(), width});
  for (std::size_t i = 0; i < x.size(); ++i) y[i] = x[i] * factors[i];
  CHECK(same_bits<float>(from_product.values(), y));
}

}  // namespace

TEST_CASE("gelu: float against the reference in double, both forms") {
  for (Index count = 0; count <= most_odd_sizes; ++count) {
    CAPTURE(count);
    check_gelu<ops::GeluForm::tanh>(random_values<float>(count, 1, 2));
    check_gelu<ops::GeluForm::erf>(random_values<float>(count, 1, 2));
  }
  std::vector<float> wide;
  for (int i = -4100; i <= 4100; ++i) wide.push_back(static_cast<float>(i) / 150.f);
  check_gelu<ops::GeluForm::tanh>(wide);
  check_gelu<ops::GeluForm::erf>(wide);
}

TEST_CASE("gelu: epilogues of a product do what the elementwise function does") {
  for (Index width : {1, 7, 16, 33, 64})
    for (Index rows : {1, 13, 29}) {
      check_gelu_epilogues<ops::GeluForm::tanh>(rows, width);
      check_gelu_epilogues<ops::GeluForm::erf>(rows, width);
    }
}

TEST_CASE("gelu: known values, and nothing but numbers at the ends") {
  CHECK(ops::scalar::gelu<ops::GeluForm::erf>(1.0) == doctest::Approx(0.8413447460685429).epsilon(1e-14));
  CHECK(ops::scalar::gelu<ops::GeluForm::tanh>(1.0) == doctest::Approx(0.8411919906082768).epsilon(1e-14));
  std::vector<float> x{-1e9f, -100.f, 0.f, 100.f, 1e9f}, y(5), dx(5);
  ops::gelu_with_derivative<ops::GeluForm::tanh>(x.data(), 5, y.data(), dx.data());
  CHECK((y[0] == 0 && y[1] == 0 && y[2] == 0 && y[3] == 100.f && y[4] == 1e9f));
  CHECK((dx[0] == 0 && dx[1] == 0 && dx[2] == 0.5f && dx[3] == 1 && dx[4] == 1));
  ops::gelu_with_derivative<ops::GeluForm::erf>(x.data(), 5, y.data(), dx.data());
  CHECK((y[0] == 0 && y[1] == 0 && y[2] == 0 && y[3] == 100.f && y[4] == 1e9f));
}

TEST_CASE("glu: float against the reference in double") {
  for (Index width = 0; width <= most_odd_sizes; ++width) {
    for (Index rows : {0, 1, 2, 19}) {
      CAPTURE(width);
      CAPTURE(rows);
      const auto x = random_values<float>(rows * 2 * width, 1, 3), dy = random_values<float>(rows * width, 2);
      Guarded input(x), upstream(dy), y(rows * width), dx(rows * 2 * width);
      const auto xd = to_double(x), dyd = to_double(dy);
      std::vector<double> yd(dy.size()), dxd(x.size());
      for (Index i = 0; i < rows; ++i) {
        ops::scalar::glu_row(xd.data() + i * 2 * width, width, yd.data() + i * width);
        ops::scalar::glu_row_backward(xd.data() + i * 2 * width, dyd.data() + i * width, width, dxd.data() + i * 2 * width);
      }
      ops::glu(input.data(), rows, width, y.data());
      ops::glu_backward(input.data(), upstream.data(), rows, width, dx.data());
      check_close(y.values(), yd, std::max(1.0, largest_of(xd)), 8);
      check_close(dx.values(), dxd, (1 + largest_of(xd)) * (1 + largest_of(dyd)), 8);
      CHECK((y.intact() && dx.intact()));
    }
  }
}
