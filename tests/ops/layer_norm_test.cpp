#include "adatape/ops/layer_norm.hpp"

#include "compare.hpp"
#include "threads.hpp"

using namespace adatape;
using namespace adatape::testing;

TEST_CASE("layer_norm: float against the reference in double, all widths up to two batches and more") {
  for (Index width = 1; width <= most_odd_sizes; ++width) {
    for (Index rows : {1, 3, 35}) {
      CAPTURE(width);
      CAPTURE(rows);
      auto x = random_values<float>(rows * width, 1);
      for (float& value : x) value = value * 2 + 1;
      Guarded guarded_x(x), scale(random_values<float>(width, 2)), bias(random_values<float>(width, 3)), dy(random_values<float>(rows * width, 4));
      Guarded y(rows * width), mean(rows), rstd(rows), dx(rows * width), dscale(random_values<float>(width, 5)), dbias(random_values<float>(width, 6));
      const auto xd = to_double(x), scale_d = to_double(random_values<float>(width, 2)), bias_d = to_double(random_values<float>(width, 3)),
                 dy_d = to_double(random_values<float>(rows * width, 4));
      std::vector<double> yd(x.size()), mean_d(static_cast<std::size_t>(rows)), rstd_d(mean_d), dx_d(x.size());
      auto dscale_d = to_double(random_values<float>(width, 5)), dbias_d = to_double(random_values<float>(width, 6));
      for (Index i = 0; i < rows; ++i) {
        const auto at = static_cast<std::size_t>(i);
        ops::scalar::row_moments(xd.data() + i * width, width, mean_d[at], rstd_d[at]);
        ops::scalar::normalise_row(xd.data() + i * width, mean_d[at], rstd_d[at], scale_d.data(), bias_d.data(), yd.data() + i * width, width);
        ops::scalar::layer_norm_row_backward(xd.data() + i * width, mean_d[at], rstd_d[at], scale_d.data(), dy_d.data() + i * width, dx_d.data() + i * width,
                                             width);
      }
      ops::scalar::add_layer_norm_parameter_gradients(xd.data(), mean_d.data(), rstd_d.data(), dy_d.data(), rows, width, 0, width, dscale_d.data(),
                                                      dbias_d.data());
      ops::layer_norm(guarded_x.data(), scale.data(), bias.data(), rows, width, y.data(), mean.data(), rstd.data());
      ops::layer_norm_backward(guarded_x.data(), mean.data(), rstd.data(), scale.data(), dy.data(), rows, width, dx.data(), dscale.data(), dbias.data());
      // A row of close values magnifies the rounding of x by rstd.
      const double steepest = std::max(1.0, largest_of(rstd_d) * largest_of(xd)), sum = std::sqrt(static_cast<double>(width + rows));
      if (width == 1) continue;  // its one value is its mean: y is the bias, whatever rstd makes of rounding
      check_close(mean.values(), mean_d, largest_of(xd), 4 * sum);
      check_close(rstd.values(), rstd_d, largest_of(rstd_d) * steepest, 8 * sum);
      check_close(y.values(), yd, (largest_of(yd) + largest_of(bias_d)) * steepest, 8 * sum);
      check_close(dx.values(), dx_d, largest_of(dy_d) * largest_of(scale_d) * largest_of(rstd_d) * steepest, 64 * sum);
      check_close(dscale.values(), dscale_d, (largest_of(dscale_d) + largest_of(dy_d)) * steepest, 32 * sum);
      check_close(dbias.values(), dbias_d, largest_of(dbias_d) + largest_of(dy_d), 8 * sum);
      CHECK((y.intact() && mean.intact() && rstd.intact() && dx.intact() && dscale.intact() && dbias.intact()));
    }
  }
}

TEST_CASE("layer_norm: a constant row gives the bias, up to the rounding of its mean") {
  std::vector<float> x(48, 3.f), scale(48, 2.f), bias(48, -1.f), y(48), mean(1), rstd(1);
  ops::layer_norm(x.data(), scale.data(), bias.data(), 1, 48, y.data(), mean.data(), rstd.data());
  for (float value : y) CHECK(value == doctest::Approx(-1).epsilon(1e-3));
  CHECK(rstd[0] == doctest::Approx(1000).epsilon(1e-3));
}

TEST_CASE_TEMPLATE("layer_norm: the epsilon of the caller, also in rows whose squares overflow", T, float, double) {
  const std::vector<T> scale(16, T(1)), bias(16, T(0));
  std::vector<T> x(16), y(16), mean(1), rstd(1);
  for (const double epsilon : {1e-12, 1e-6, 1e-3, 0.5}) {
    for (std::size_t j = 0; j < x.size(); ++j) x[j] = j % 2 ? T(0.01) : T(-0.01);
    ops::layer_norm(x.data(), scale.data(), bias.data(), 1, 16, y.data(), mean.data(), rstd.data(), epsilon);
    CHECK(static_cast<double>(rstd[0]) == doctest::Approx(1 / std::sqrt(1e-4 + epsilon)).epsilon(1e-6));
    const T large = std::sqrt(std::numeric_limits<T>::max()) * T(10);
    for (T& value : x) value *= 100 * large;
    ops::layer_norm(x.data(), scale.data(), bias.data(), 1, 16, y.data(), mean.data(), rstd.data(), epsilon);
    CHECK(static_cast<double>(y[1]) == doctest::Approx(1).epsilon(1e-6));
  }
}

TEST_CASE_TEMPLATE("layer_norm: in place, and dx in dy", T, float, double) {
  const Index rows = 5, width = 21;
  auto x = random_values<T>(rows * width, 1), dy = random_values<T>(rows * width, 2);
  const auto scale = random_values<T>(width, 3), bias = random_values<T>(width, 4);
  std::vector<T> y(x.size()), mean(5), rstd(5), dx(x.size()), dscale(21, T(0)), dbias(21, T(0)), dscale_again(dscale), dbias_again(dbias);
  ops::layer_norm(x.data(), scale.data(), bias.data(), rows, width, y.data(), mean.data(), rstd.data());
  ops::layer_norm_backward(x.data(), mean.data(), rstd.data(), scale.data(), dy.data(), rows, width, dx.data(), dscale.data(), dbias.data());
  ops::layer_norm_backward(x.data(), mean.data(), rstd.data(), scale.data(), dy.data(), rows, width, dy.data(), dscale_again.data(), dbias_again.data());
  ops::layer_norm(x.data(), scale.data(), bias.data(), rows, width, x.data(), mean.data(), rstd.data());
  CHECK(same_bits(x, y));
  CHECK(same_bits(dy, dx));
  CHECK(same_bits(dscale, dscale_again));
}
