#include "adatape/io/position_grid.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>

#include "expected_grids.hpp"
#include "files.hpp"
#include "larger.hpp"

using namespace adatape;
using namespace adatape::io;
using namespace adatape::test;

namespace {

constexpr Index D = 2;

/// The grids of make_grids.py.
template <class T>
std::vector<T> pattern(GridSize size) {
  std::uint32_t state = 1;
  std::vector<T> values(static_cast<std::size_t>(size.count() * D));
  for (auto& value : values) {
    state = state * 1664525 + 1013904223;
    value = static_cast<T>(state >> 23) / 2 - 128;
  }
  return values;
}

template <class T>
std::vector<T> resampled(const std::vector<T>& values, GridSize from, GridSize to, GridResampling rule) {
  std::vector<T> out(static_cast<std::size_t>(to.count() * D));
  resample_positions(std::span<const T>(values), from, to, std::span<T>(out), rule);
  return out;
}

constexpr GridResampling kRules[]{GridResampling::antialiased_bicubic, GridResampling::bicubic, GridResampling::corner_aligned};

}  // namespace

// Values reach 128. PyTorch's bicubic weights are in double, the float results are rounded once.
TEST_CASE_TEMPLATE("position grid: the values of PyTorch and SciPy", T, float, double) {
  const double tolerance = std::same_as<T, float> ? 128 * 1.2e-7 : 128 * 1e-14;
  for (const auto& expected : expected_grids()) {
    CAPTURE(static_cast<int>(expected.rule));
    CAPTURE(expected.from.text());
    CAPTURE(expected.to.text());
    const auto found = resampled(pattern<T>(expected.from), expected.from, expected.to, expected.rule);
    REQUIRE(found.size() == expected.values.size());
    double worst = 0;
    for (std::size_t i = 0; i < found.size(); ++i) worst = testing::larger(worst, std::abs(static_cast<double>(found[i]) - expected.values[i]));
    CHECK(worst <= tolerance);
  }
}

TEST_CASE_TEMPLATE("position grid: a grid that keeps its size keeps its bits", T, float, double) {
  auto values = pattern<T>({3, 4});
  values[0] = T(-0.0);
  values[1] = std::numeric_limits<T>::denorm_min();
  values[2] = std::numeric_limits<T>::max();
  for (const auto rule : kRules) {
    const auto same = resampled(values, {3, 4}, {3, 4}, rule);
    CHECK(same == values);
    CHECK(std::signbit(same[0]));
  }
}

TEST_CASE("position grid: equal positions stay equal, and corner_aligned keeps the corners") {
  const GridSize sizes[]{{1, 1}, {2, 3}, {4, 4}, {9, 2}, {17, 5}};
  for (const auto rule : kRules)
    for (const auto from : sizes)
      for (const auto to : sizes)
        for (const double value : resampled(std::vector<double>(static_cast<std::size_t>(from.count() * D), 0.75), from, to, rule))
          CHECK(value == doctest::Approx(0.75).epsilon(1e-14));
  const auto values = pattern<double>({3, 5});
  const auto wider = resampled(values, {3, 5}, {6, 7}, GridResampling::corner_aligned);
  const auto corner = [](const auto& grid, GridSize size, bool bottom, bool right) {
    return grid[static_cast<std::size_t>(((bottom ? size.height - 1 : 0) * size.width + (right ? size.width - 1 : 0)) * D + 1)];
  };
  for (const bool bottom : {false, true})
    for (const bool right : {false, true}) CHECK(corner(wider, {6, 7}, bottom, right) == corner(values, {3, 5}, bottom, right));
}

TEST_CASE("position grid: sizes that do not fit") {
  const std::vector<float> values(12);
  std::vector<float> out(8);
  const auto error = [&](GridSize from, GridSize to) {
    return error_of([&] { resample_positions(std::span<const float>(values), from, to, std::span<float>(out), GridResampling::bicubic); });
  };
  CHECK(error({2, 3}, {2, 2}) == "");
  CHECK(error({2, 3}, {3, 3}) == "position embeddings: wanted 2 x 3 and 3 x 3 positions of one width, found 12 and 8 values");
  CHECK(contains(error({5, 1}, {2, 2}), "wanted 5 x 1 and 2 x 2 positions of one width"));
  CHECK(contains(error({0, 3}, {2, 2}), "wanted grids with positions, found 0 x 3 and 2 x 2"));
  CHECK(contains(error({2, 3}, {2, -2}), "wanted grids with positions"));
}
