// Smoothing of the channels behind one LayerNorm, against its equation.
#include "adatape/nn/channel_smoothing.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "random_values.hpp"

using namespace adatape;
using namespace adatape::testing;

namespace {

constexpr Index channel_count = 40, row_count = 64, column_count = 24;

/// A norm with two kernels of one and two blocks of rows. Channels 3 and 17 are large, and the kernels have small rows there; channel 9 is 0.
struct SmoothingProblem {
  std::vector<float> scale = random_values<float>(channel_count, 1), bias = random_values<float>(channel_count, 2),
                     rows = random_values<float>(row_count * channel_count, 3), first = random_values<float>(channel_count * column_count, 4),
                     second = random_values<float>(channel_count * column_count, 5);

  SmoothingProblem() {
    for (Index j : {3, 17}) {
      for (Index i = 0; i < row_count; ++i) rows[static_cast<std::size_t>(i * channel_count + j)] *= 50;
      for (auto* kernel : {&first, &second})
        for (Index k = 0; k < column_count; ++k) (*kernel)[static_cast<std::size_t>(j * column_count + k)] /= 50;
    }
    for (Index i = 0; i < row_count; ++i) rows[static_cast<std::size_t>(i * channel_count + 9)] = 0;
  }
  nn::NormAndKernels norm() {
    const auto upper = ops::row_major<const float>(rows.data(), row_count / 2, channel_count),
               lower = ops::row_major<const float>(rows.data() + row_count / 2 * channel_count, row_count / 2, channel_count);
    return {
        scale,
        bias,
        {{ops::row_major(first.data(), channel_count, column_count), {upper, lower}}, {ops::row_major(second.data(), channel_count, column_count), {lower}}}};
  }
  /// v of the equation.
  double exponent(std::size_t j, double alpha) const {
    float of_rows = 0, of_kernels = 0;
    for (std::size_t i = 0; i < row_count; ++i) of_rows = std::max(of_rows, std::abs(rows[i * channel_count + j]));
    for (const auto* kernel : {&first, &second})
      for (std::size_t k = 0; k < column_count; ++k) of_kernels = std::max(of_kernels, std::abs((*kernel)[j * column_count + k]));
    return alpha * std::log2(of_rows) - (1 - alpha) * std::log2(of_kernels);
  }
  /// s of the equation.
  std::vector<float> factors(double alpha) const {
    std::vector<double> sorted;
    for (std::size_t j = 0; j < channel_count; ++j)
      if (j != 9) sorted.push_back(exponent(j, alpha));
    std::ranges::sort(sorted);
    std::vector<float> factors;
    for (std::size_t j = 0; j < channel_count; ++j)
      factors.push_back(j == 9 ? 1.f : std::ldexp(1.f, static_cast<int>(std::lround(exponent(j, alpha) - sorted[sorted.size() / 2]))));
    return factors;
  }
};

}  // namespace

TEST_CASE("channel smoothing: divides channels and multiplies rows by the factors of the best alpha") {
  SmoothingProblem problem;
  const auto before = problem;
  nn::ChannelSmoothing channels(channel_count);
  CHECK(!channels.has_rows());
  channels.observe(problem.norm());
  channels.compare(problem.norm());
  CHECK(channels.has_rows());
  CHECK(channels.smooths());
  CHECK(channels.error_after() < channels.error_before() / 4);
  channels.apply(problem.norm());

  std::vector<float> found;
  for (std::size_t j = 0; j < channel_count; ++j) found.push_back(before.scale[j] / problem.scale[j]);
  CHECK(std::ranges::any_of(nn::ChannelSmoothing::alphas, [&](double alpha) { return found == before.factors(alpha); }));
  CHECK(std::ranges::count(found, 1.f) > channel_count / 2);
  for (std::size_t j = 0; j < channel_count; ++j) {
    CHECK(problem.bias[j] == before.bias[j] / found[j]);
    for (std::size_t k = 0; k < column_count; ++k) {
      CHECK(problem.first[j * column_count + k] == before.first[j * column_count + k] * found[j]);
      CHECK(problem.second[j * column_count + k] == before.second[j * column_count + k] * found[j]);
    }
  }
}

TEST_CASE("channel smoothing: where no channel is large, a norm may stay as it is, and never gets worse") {
  SmoothingProblem problem;
  problem.rows = random_values<float>(row_count * channel_count, 6);
  problem.first = problem.second = random_values<float>(channel_count * column_count, 7);
  const auto before = problem;
  nn::ChannelSmoothing channels(channel_count);
  channels.observe(problem.norm());
  channels.compare(problem.norm());
  CHECK(channels.error_after() <= channels.error_before());
  channels.apply(problem.norm());
  CHECK((problem.scale == before.scale) == !channels.smooths());
}

TEST_CASE("channel smoothing: rows that are not finite are refused") {
  SmoothingProblem problem;
  problem.rows[5] = std::numeric_limits<float>::quiet_NaN();
  nn::ChannelSmoothing channels(channel_count);
  CHECK_THROWS_AS(channels.observe(problem.norm()), Error);
}
