#include "adatape/simd/math.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

using adatape::Index;
namespace simd = adatape::simd;
using Floats = simd::Batch<float>;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

/// |got - want| in units of the last place of a float near want.
double ulps(float got, double want) {
  if (got == static_cast<float>(want)) return 0;
  if (!std::isfinite(got)) return std::numeric_limits<double>::infinity();
  const int exponent = std::max(std::ilogb(want), -126);
  return std::abs(static_cast<double>(got) - want) / std::ldexp(1.0, exponent - 23);
}

/// Largest error over floats of all magnitudes: every `step`-th bit pattern, finite ones.
template <class Function, class Truth>
double worst_error(Function&& function, Truth&& truth) {
  constexpr std::uint32_t step = 4099;
  constexpr auto n = static_cast<std::uint32_t>(simd::lanes<float>);
  double worst = 0;
  for (std::uint64_t first = 0; first + n * step < (std::uint64_t{1} << 32); first += n * step) {
    float x[n], y[n];
    for (std::uint32_t i = 0; i < n; ++i) {
      x[i] = std::bit_cast<float>(static_cast<std::uint32_t>(first) + i * step);
      if (!std::isfinite(x[i])) x[i] = 0;
    }
    simd::store(y, function(simd::load(x)));
    for (std::uint32_t i = 0; i < n; ++i) worst = std::max(worst, ulps(y[i], truth(static_cast<double>(x[i]))));
  }
  return worst;
}

template <class Function>
float at(Function&& function, float x) {
  return simd::reduce_max(function(simd::splat(x)));
}

double true_sigmoid(double x) { return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x)); }

const auto batch_exp = [](const Floats& x) { return simd::exp(x); };
const auto batch_tanh = [](const Floats& x) { return simd::tanh(x); };
const auto batch_sigmoid = [](const Floats& x) { return simd::sigmoid(x); };
const auto batch_erf = [](const Floats& x) { return simd::erf(x); };

}  // namespace

TEST_CASE("float functions stay within their bounds") {
  CHECK(worst_error(batch_exp, [](double x) { return std::exp(x); }) <= 2);
  CHECK(worst_error(batch_tanh, [](double x) { return std::tanh(x); }) <= 3);
  CHECK(worst_error(batch_sigmoid, true_sigmoid) <= 4);
  CHECK(worst_error(batch_erf, [](double x) { return std::erf(x); }) <= 4);
}

TEST_CASE("float functions at their limits") {
  CHECK(at(batch_exp, 0.f) == 1.f);
  CHECK(at(batch_exp, -infinity) == 0.f);
  CHECK(at(batch_exp, -104.f) == 0.f);
  CHECK(at(batch_exp, -100.f) == std::exp(-100.f));  // subnormal
  CHECK(at(batch_exp, 88.7f) < infinity);
  CHECK(at(batch_exp, 100.f) == infinity);
  CHECK(at(batch_exp, infinity) == infinity);
  for (float sign : {1.f, -1.f}) {
    CHECK(at(batch_tanh, sign * 10.f) == sign);
    CHECK(at(batch_tanh, sign * infinity) == sign);
    CHECK(at(batch_tanh, sign * 1e-40f) == sign * 1e-40f);
    CHECK(at(batch_erf, sign * 4.f) == sign);
    CHECK(at(batch_erf, sign * infinity) == sign);
    CHECK(std::signbit(at(batch_tanh, sign * 0.f)) == (sign < 0));
    CHECK(std::signbit(at(batch_erf, sign * 0.f)) == (sign < 0));
  }
  CHECK(at(batch_sigmoid, 0.f) == 0.5f);
  CHECK(at(batch_sigmoid, infinity) == 1.f);
  CHECK(at(batch_sigmoid, -infinity) == 0.f);
}

TEST_CASE("NaN goes through every function and leaves other lanes alone") {
  constexpr Index n = simd::lanes<float>;
  const auto check = [&](auto function, float expected) {
    for (Index place = 0; place < n; ++place) {
      float x[n] = {}, y[n];
      x[place] = not_a_number;
      simd::store(y, function(simd::load(x)));
      for (Index i = 0; i < n; ++i) CHECK((i == place ? std::isnan(y[i]) : y[i] == expected));
    }
  };
  check(batch_exp, 1.f);
  check(batch_tanh, 0.f);
  check(batch_sigmoid, 0.5f);
  check(batch_erf, 0.f);
}

TEST_CASE("an element's bits depend neither on its place nor on the length of the array") {
  constexpr Index most = 3 * simd::lanes<float> + 1;
  const auto apply = [](const std::vector<float>& in, std::vector<float>& out) {
    simd::for_each_batch<float>(static_cast<Index>(in.size()), [&](Index i, Index count) {
      const auto x = simd::load_partial(in.data() + i, count);
      simd::store_partial(out.data() + i, simd::erf(simd::tanh(x) * simd::sigmoid(x)) * simd::exp(x) + x, count);
    });
  };
  const float value = 0.7312345f;
  std::vector<float> alone(1);
  apply({value}, alone);
  for (Index n = 1; n <= most; ++n) {
    std::vector<float> out(static_cast<std::size_t>(n));
    apply(std::vector<float>(static_cast<std::size_t>(n), value), out);
    for (float y : out) CHECK(std::bit_cast<std::uint32_t>(y) == std::bit_cast<std::uint32_t>(alone[0]));
  }
}

TEST_CASE("double functions are the standard library's") {
  for (double x : {-30.0, -1.0, -1e-9, 0.0, 0.3, 2.0, 25.0}) {
    CHECK(simd::reduce_max(simd::exp(simd::splat(x))) == std::exp(x));
    CHECK(simd::reduce_max(simd::tanh(simd::splat(x))) == std::tanh(x));
    CHECK(simd::reduce_max(simd::erf(simd::splat(x))) == std::erf(x));
    CHECK(simd::reduce_max(simd::sigmoid(simd::splat(x))) == doctest::Approx(true_sigmoid(x)).epsilon(1e-15));
  }
}
