#include "adatape/train/adamw.hpp"

#include "adatape/nn/linear.hpp"
#include "compare.hpp"

using namespace adatape;
using namespace adatape::testing;

TEST_CASE("adamw: float against the reference in double") {
  const ops::AdamWStep<float> step{0.9f, 0.999f, 10.f, 1000.f, 1e-8f, 0.1f, 0.05f, 0.5f};
  const ops::AdamWStep<double> step_d{0.9f, 0.999f, 10.f, 1000.f, 1e-8f, 0.1f, 0.05f, 0.5f};
  for (Index count = 0; count <= most_odd_sizes; ++count) {
    const auto gradient = random_values<float>(count, 1), m = random_values<float>(count, 2), p = random_values<float>(count, 4);
    auto v = random_values<float>(count, 3);
    for (float& value : v) value *= value;
    Guarded guarded_m(m), guarded_v(v), guarded_p(p), guarded_gradient(gradient);
    auto m_d = to_double(m), v_d = to_double(v), p_d = to_double(p);
    ops::scalar::adamw(step_d, to_double(gradient).data(), count, m_d.data(), v_d.data(), p_d.data());
    ops::adamw(step, guarded_gradient.data(), count, guarded_m.data(), guarded_v.data(), guarded_p.data());
    check_close(guarded_m.values(), m_d, 4, 4);
    check_close(guarded_v.values(), v_d, 16, 4);
    check_close(guarded_p.values(), p_d, 4 + largest_of(p_d), 16);
    CHECK((guarded_m.intact() && guarded_v.intact() && guarded_p.intact()));
  }
}

TEST_CASE_TEMPLATE("adamw: moments never stay subnormal, and weights without gradient are left alone", T, float, double) {
  constexpr T smallest = std::numeric_limits<T>::min();
  const ops::AdamWStep<T> step{T(0.9), T(0.999), T(1), T(1), T(1e-8), T(0.1), T(0), T(1)};
  constexpr Index count = 37;
  std::vector<T> gradient(count, T(0)), m(count, smallest * T(1.05)), v(count, smallest * T(1.0005)), p(count, T(0.7));
  m[3] = -smallest;
  m[5] = smallest * T(0.25);
  v[6] = smallest * T(0.25);
  CHECK(ops::adamw(step, gradient.data(), count, m.data(), v.data(), p.data()));
  for (std::size_t i = 0; i < count; ++i) CHECK((m[i] == 0 && v[i] == 0 && p[i] == T(0.7)));
  // Gradients whose square is subnormal: m takes them, v does not.
  const T tiny = std::sqrt(smallest) / 2;
  std::ranges::fill(gradient, tiny);
  ops::adamw(step, gradient.data(), count, m.data(), v.data(), p.data());
  for (std::size_t i = 0; i < count; ++i) CHECK((std::isnormal(m[i]) && v[i] == 0));
}

TEST_CASE_TEMPLATE("adamw: ordinary moments keep every bit", T, float, double) {
  const auto gradient = random_values<T>(50, 1, 1e-4);
  std::vector<T> m = random_values<T>(50, 2, 1e-5), v(50, T(1e-9)), p = random_values<T>(50, 3);
  auto wanted_m = m, wanted_v = v;
  const ops::AdamWStep<T> step{T(0.9), T(0.999), T(1), T(1), T(1e-8), T(0.1), T(0.01), T(1)};
  for (std::size_t i = 0; i < 50; ++i) {
    if constexpr (std::is_same_v<T, float>) {
      wanted_m[i] = simd::fma(simd::splat(m[i]), simd::splat(step.beta1), simd::splat(gradient[i] * (1 - step.beta1))).get(0);
      wanted_v[i] = simd::fma(simd::splat(v[i]), simd::splat(step.beta2), simd::splat(gradient[i] * gradient[i] * (1 - step.beta2))).get(0);
    }
  }
  CHECK(ops::adamw(step, gradient.data(), 50, m.data(), v.data(), p.data()));
  if constexpr (std::is_same_v<T, float>) CHECK((same_bits(m, wanted_m) && same_bits(v, wanted_v)));
}

TEST_CASE_TEMPLATE("adamw: results that are not finite are reported, wherever they stand", T, float, double) {
  const ops::AdamWStep<T> step{T(0.9), T(0.999), T(10), T(1000), T(1e-8), T(0.1), T(0), T(1)};
  for (const Index place : {0, 5, 16, 20, 16400, 40000})
    for (const T bad : {std::numeric_limits<T>::infinity(), -std::numeric_limits<T>::infinity(), std::numeric_limits<T>::quiet_NaN(), T(2) * std::sqrt(std::numeric_limits<T>::max()) * 100}) {
      std::vector<T> gradient(40001, T(0.1)), m(40001, T(0)), v(40001, T(0)), p(40001, T(0.7));
      CHECK(ops::adamw(step, gradient.data(), 40001, m.data(), v.data(), p.data()));
      gradient[static_cast<std::size_t>(place)] = bad;
      CHECK(!ops::adamw(step, gradient.data(), 40001, m.data(), v.data(), p.data()));
    }
}

TEST_CASE("AdamW: with b1^2 above b2 the change of a weight without gradients grows until it is not finite, and that is reported") {
  using Layer = nn::Linear<1, 1>;
  Parameters<Layer, float> parameters, gradients;
  train::AdamW<Layer, float> optimizer;
  const train::AdamWOptions options{.beta2 = 0, .epsilon = 1.2e-38};
  gradients.flat()[0] = 1e4f;
  CHECK_NOTHROW(optimizer.update(parameters, gradients, options, {0, 0.1}));
  gradients.zero();
  CHECK_THROWS_WITH_AS(optimizer.update(parameters, gradients, options, {1, 0.1}), "AdamW: after step 1 a weight or second moment is not finite", Error);
}

TEST_CASE_TEMPLATE("AdamW: what would poison the weights is refused before anything changes", T, float, double) {
  using Layer = nn::Linear<5, 7>;
  constexpr double infinity = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  auto parameters = random_parameters<Layer, T>(1), gradients = random_parameters<Layer, T>(2);
  train::AdamW<Layer, T> optimizer;
  optimizer.update(parameters, gradients, {}, {.rate = 0.1});
  const auto all = [&] {
    std::vector<T> values;
    for (const auto flat : {parameters.flat(), optimizer.first.flat(), optimizer.second.flat()}) values.insert(values.end(), flat.begin(), flat.end());
    return values;
  };
  const auto before = all();
  const auto refused = [&](const char* name, const train::AdamWOptions& options, double rate, double scale, Index step = 1) {
    CAPTURE(name);
    CAPTURE(rate);
    CHECK_THROWS_WITH_AS(optimizer.update(parameters, gradients, options, {step, rate, scale}), doctest::Contains(name), Error);
    CHECK(same_bits(all(), before));
  };
  for (const double rate : {infinity, -infinity, nan, -0.1, 1e30, 1e300}) refused("rate", {}, rate, 1);
  for (const double scale : {infinity, -infinity, nan, -1.0, std::is_same_v<T, float> ? 1e39 : infinity}) refused("gradient_scale", {}, 0.1, scale);
  for (const double decay : {infinity, nan, -1.0}) refused("weight_decay", {.weight_decay = decay}, 0.1, 1);
  refused("weight_decay", {.weight_decay = 1e4}, 0.1, 1);
  for (const double beta : {1.0, nan, -0.5}) refused("beta1", {.beta1 = beta}, 0.1, 1);
  for (const double beta : {1.0, nan, -0.5}) refused("beta2", {.beta2 = beta}, 0.1, 1);
  for (const double epsilon : {0.0, nan, infinity, std::is_same_v<T, float> ? 1e-50 : 0.0}) refused("epsilon", {.epsilon = epsilon}, 0.1, 1);
  refused("step", {}, 0.1, 1, -1);
  for (Index step = 1; step < 20; ++step) optimizer.update(parameters, gradients, {.weight_decay = 0.01}, {step, 99});  // large, but an honest rate
  optimizer.update(parameters, gradients, {}, {20, 1e27});
  for (const T value : all()) CHECK(std::isfinite(value));
  gradients.flat()[3] = std::numeric_limits<T>::max();
  CHECK_THROWS_WITH_AS(optimizer.update(parameters, gradients, {}, {21, 0.1}), "AdamW: after step 21 a weight or second moment is not finite", Error);
}
