#include "adatape/image/mixup.hpp"

#include <limits>
#include <numbers>
#include <numeric>

#include "adatape/image/erasing.hpp"
#include "transforms.hpp"

using namespace adatape;
using namespace adatape::image;
using namespace adatape::testing;

namespace {
constexpr BatchShape shape{4, 5, 7, 3, 6};
constexpr Index size = 5 * 7 * 3;

/// Values that tell where they come from: 1000 b + i, exact in float32.
std::vector<float> pictures_of(Index batch) {
  std::vector<float> out;
  for (Index b = 0; b < batch; ++b)
    for (Index i = 0; i < size; ++i) out.push_back(static_cast<float>(1000 * b + i));
  return out;
}

/// The largest distance of the distribution of `values` from `cdf` (Kolmogorov and Smirnov), times sqrt(n): above 1.95 with probability 0.001.
template <class Cdf>
double distance(std::vector<double> values, const Cdf& cdf) {
  std::ranges::sort(values);
  double most = 0;
  const double n = static_cast<double>(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double wanted = cdf(values[i]), below = static_cast<double>(i) / n;
    most = std::max({most, std::abs(wanted - below), std::abs(wanted - below - 1 / n)});
  }
  return most * std::sqrt(n);
}

template <class Draw>
std::vector<double> many(const Draw& draw) {
  std::vector<double> values;
  for (std::uint64_t sample = 0; sample < 20000; ++sample) {
    Draws draws = draws_of(9, 4, sample);
    values.push_back(draw(draws));
  }
  return values;
}
}  // namespace

TEST_CASE("beta: the distributions that have a formula") {
  const auto beta = [](double alpha) { return many([&](Draws& draws) { return draw_beta(alpha, draws); }); };
  CHECK(distance(beta(1), [](double x) { return x; }) < 1.95);
  CHECK(distance(beta(0.5), [](double x) { return 2 / std::numbers::pi * std::asin(std::sqrt(x)); }) < 1.95);
  CHECK(distance(beta(2), [](double x) { return x * x * (3 - 2 * x); }) < 1.95);
  CHECK(distance(beta(2), [](double x) { return x; }) > 1.95);
  const auto few = beta(0.2);
  double mean = 0, square = 0;
  for (const double x : few) {
    mean += x / 20000;
    square += (x - 0.5) * (x - 0.5) / 20000;
  }
  CHECK(mean == doctest::Approx(0.5).epsilon(0.03));
  CHECK(square == doctest::Approx(1 / (4 * (2 * 0.2 + 1))).epsilon(0.03));
  for (const double x : beta(1e-6)) CHECK((x >= 0 && x <= 1));  // both gammas are below the smallest double
  CHECK(distance(many([](Draws& draws) { return std::exp(draw_log_gamma(1, draws)); }), [](double x) { return 1 - std::exp(-x); }) < 1.95);
  CHECK(distance(many([](Draws& draws) { return std::exp(draw_log_gamma(3, draws)); }), [](double x) { return 1 - std::exp(-x) * (1 + x + x * x / 2); }) <
        1.95);
  Draws draws = draws_of(1, 2, 3);
  CHECK_THROWS_AS(draw_beta(0, draws), Error);
  CHECK_THROWS_AS(draw_beta(std::numeric_limits<double>::quiet_NaN(), draws), Error);
}

TEST_CASE("soft_targets: timm's values off and on") {
  std::vector<float> out(12);
  const std::int64_t labels[] = {2, 0};
  soft_targets(labels, 6, 0.1, out);
  const float off = static_cast<float>(0.1 / 6), on = static_cast<float>(1 - 0.1 + 0.1 / 6);
  CHECK(out == std::vector<float>{off, off, on, off, off, off, on, off, off, off, off, off});
  const std::vector<float> before = out;
  const std::int64_t wrong[] = {2, 6};
  CHECK_THROWS_WITH_AS(soft_targets(wrong, 6, 0.1, out), "soft_targets: wanted labels of 0 to 5, found 6", Error);
  CHECK_THROWS_AS(soft_targets(labels, 5, 0.1, out), Error);
  CHECK_THROWS_AS(soft_targets(labels, 6, 1.1, out), Error);
  CHECK(out == before);
}

TEST_CASE("mixup: lambda own + (1 - lambda) of the reversed batch, even and odd") {
  for (Index batch : {1, 4, 5}) {
    const BatchShape s{batch, 5, 7, 3, 6};
    const auto before = pictures_of(batch);
    std::vector<float> targets(static_cast<std::size_t>(batch * 6));
    std::iota(targets.begin(), targets.end(), 1.0f);
    const auto targets_before = targets;
    auto pictures = before;
    Draws draws = draws_of(1, 2, 3);
    const Mixing how = mixup(pictures, targets, s, 0.5, draws);
    Draws again = draws_of(1, 2, 3);
    CHECK(how.lambda == draw_beta(0.5, again));
    CHECK_FALSE(how.cut);
    const auto check = [&](const std::vector<float>& now, const std::vector<float>& was, Index width) {
      const float own = static_cast<float>(how.lambda), other = static_cast<float>(1 - how.lambda);
      for (Index b = 0; b < batch; ++b)
        for (Index i = 0; i < width; ++i) {
          const float x = was[static_cast<std::size_t>(b * width + i)] * own, y = was[static_cast<std::size_t>((batch - 1 - b) * width + i)] * other;
          CHECK(now[static_cast<std::size_t>(b * width + i)] == doctest::Approx(x + y).epsilon(1e-6));
        }
    };
    check(pictures, before, size);
    check(targets, targets_before, 6);
  }
}

TEST_CASE("mixup_or_cutmix: shares of batches, boxes, and lambda from the area") {
  int cuts = 0, untouched = 0;
  MixupOptions options;
  options.probability = 0.8;
  const std::int64_t labels[] = {0, 1, 2, 3};
  std::vector<float> start(24);
  soft_targets(labels, 6, 0, start);
  for (std::uint64_t sample = 0; sample < 2000; ++sample) {
    const auto before = pictures_of(4);
    auto pictures = before;
    auto targets = start;
    Draws draws = draws_of(8, 1, sample);
    const Mixing how = mixup_or_cutmix(pictures, targets, shape, options, draws);
    const bool same = pictures == before;
    untouched += how.lambda == 1 && !how.cut;
    cuts += how.cut;
    for (std::size_t b = 0; b < 4; ++b) {
      CHECK(targets[b * 6 + b] == doctest::Approx(how.lambda));
      CHECK(targets[b * 6 + 3 - b] == doctest::Approx(1 - how.lambda));
      CHECK(targets[b * 6 + 5] == 0);
    }
    if (!how.cut) {
      if (how.lambda == 1) CHECK(same);
      continue;
    }
    const Box& box = how.box;
    CHECK(how.lambda == doctest::Approx(1 - static_cast<double>(box.height * box.width) / 35));
    Index changed = 0, wrong = 0;
    for (Index b = 0; b < 4; ++b)
      for (Index y = 0; y < 5; ++y)
        for (Index x = 0; x < 7; ++x)
          for (Index c = 0; c < 3; ++c) {
            const Index i = (y * 7 + x) * 3 + c;
            const bool inside = y >= box.top && y < box.top + box.height && x >= box.left && x < box.left + box.width;
            changed += inside;
            wrong += pictures[static_cast<std::size_t>(b * size + i)] != static_cast<float>(1000 * (inside ? 3 - b : b) + i);
          }
    CHECK(wrong == 0);
    CHECK(changed == box.height * box.width * 12);
  }
  CHECK(std::abs(untouched - 400) < 75);  // four standard deviations
  CHECK(std::abs(cuts - 800) < 90);
}

TEST_CASE("cutmix_box: timm's formula from the same draws") {
  for (std::uint64_t sample = 0; sample < 300; ++sample) {
    Draws draws = draws_of(8, 1, sample), same = draws;
    const double lambda = static_cast<double>(sample) / 300;
    const Box box = cutmix_box(31, 44, lambda, draws);
    const int h = static_cast<int>(31 * std::sqrt(1 - lambda)), w = static_cast<int>(44 * std::sqrt(1 - lambda));
    const int cy = static_cast<int>(same.below(31)), cx = static_cast<int>(same.below(44));
    const int yl = std::clamp(cy - h / 2, 0, 31), yh = std::clamp(cy + h / 2, 0, 31), xl = std::clamp(cx - w / 2, 0, 44), xh = std::clamp(cx + w / 2, 0, 44);
    CHECK(box == Box{yl, xl, yh - yl, xh - xl});
  }
}

TEST_CASE("mixup: equal streams give equal bytes, others differ; wrong arguments are an Error") {
  const auto run = [](std::uint64_t step) {
    auto pictures = pictures_of(4);
    std::vector<float> targets(24, 0.5f);
    Draws a = draws_of(1, step, 0), b = draws_of(2, step, 0);
    mixup(pictures, targets, shape, 0.5, a);
    mixup_or_cutmix(pictures, targets, shape, {}, b);
    return pictures;
  };
  CHECK(run(1) == run(1));
  CHECK(run(1) != run(2));
  auto pictures = pictures_of(4);
  std::vector<float> targets(24), few(23);
  Draws draws = draws_of(1, 2, 3);
  CHECK_THROWS_AS(mixup(pictures, few, shape, 0.5, draws), Error);
  CHECK_THROWS_AS(mixup(pictures, targets, {4, 5, 7, 1, 6}, 0.5, draws), Error);
  CHECK_THROWS_AS(mixup(pictures, targets, {0, 5, 7, 3, 6}, 0.5, draws), Error);
  constexpr Index huge = std::numeric_limits<Index>::max() / 2 + 1;  // 4 * huge is 0 modulo 2^64
  CHECK_THROWS_AS(mixup(pictures, targets, {4, huge, 4, 3, 6}, 0.5, draws), Error);
  CHECK_THROWS_AS(mixup(pictures, targets, shape, 0, draws), Error);
  CHECK_THROWS_AS(mixup_or_cutmix(pictures, targets, shape, {0, 0}, draws), Error);
  CHECK_THROWS_AS(mixup_or_cutmix(pictures, targets, shape, {-1, 1}, draws), Error);
  CHECK_THROWS_AS(mixup_or_cutmix(pictures, targets, shape, {1, 1, 1.5}, draws), Error);
  CHECK_THROWS_AS(mixup_or_cutmix(pictures, targets, shape, {1, 1, 1, -0.5}, draws), Error);
  auto odd = pictures_of(3);
  std::vector<float> odd_targets(18);
  CHECK_THROWS_WITH_AS(mixup_or_cutmix(odd, odd_targets, {3, 5, 7, 3, 6}, {}, draws), "mixup_or_cutmix: wanted an even batch, found 3", Error);
  CHECK(pictures == pictures_of(4));
}

TEST_CASE("erase_randomly: share, areas, what is inside and what is not") {
  ErasingOptions options;
  const std::vector<float> before(32 * 40 * 3, 7.0f);
  int erased = 0;
  double area = 0, sum = 0, squares = 0, count = 0;
  for (std::uint64_t sample = 0; sample < 4000; ++sample) {
    auto picture = before;
    Draws draws = draws_of(4, 4, sample);
    const Box box = erase_randomly(picture, 32, 40, 3, options, draws);
    erased += box.height > 0;
    area += static_cast<double>(box.height * box.width) / (32 * 40);
    Index wrong = 0;
    for (Index y = 0; y < 32; ++y)
      for (Index x = 0; x < 40; ++x)
        for (Index c = 0; c < 3; ++c) {
          const float value = picture[static_cast<std::size_t>((y * 40 + x) * 3 + c)];
          const bool inside = y >= box.top && y < box.top + box.height && x >= box.left && x < box.left + box.width;
          wrong += inside == (value == 7.0f);
          if (!inside) continue;
          sum += static_cast<double>(value);
          squares += static_cast<double>(value * value);
          ++count;
        }
    CHECK(wrong == 0);
    auto again = before;
    Draws same = draws_of(4, 4, sample);
    CHECK(erase_randomly(again, 32, 40, 3, options, same) == box);
    CHECK(again == picture);
  }
  CHECK(std::abs(erased - 1000) < 110);                                         // four standard deviations
  CHECK(area / erased == doctest::Approx((0.02 + 1.0 / 3) / 2).epsilon(0.06));  // attempts that do not fit take away some of the large ones
  CHECK(std::abs(sum / count) < 0.01);
  CHECK(squares / count == doctest::Approx(1).epsilon(0.02));
}

TEST_CASE("erase_randomly: one colour, zero, and wrong arguments") {
  std::vector<float> picture(16 * 16 * 3, 7.0f);
  Draws draws = draws_of(4, 4, 1);
  ErasingOptions options{.probability = 1, .fill = EraseFill::colour};
  Box box = erase_randomly(picture, 16, 16, 3, options, draws);
  REQUIRE(box.height > 0);
  const float* first = &picture[static_cast<std::size_t>((box.top * 16 + box.left) * 3)];
  CHECK(first[0] != first[1]);
  for (Index x = 0; x < box.width * 3; ++x) CHECK(first[x] == first[x % 3]);
  options.fill = EraseFill::zero;
  box = erase_randomly(picture, 16, 16, 3, options, draws);
  CHECK(picture[static_cast<std::size_t>((box.top * 16 + box.left) * 3)] == 0);
  const auto before = picture;
  CHECK_THROWS_AS(erase_randomly(picture, 16, 15, 3, options, draws), Error);
  CHECK_THROWS_AS(erase_randomly(picture, 0, 16, 3, options, draws), Error);
  CHECK_THROWS_AS(erase_randomly(picture, 16, 48, 0, options, draws), Error);
  CHECK_THROWS_AS(erase_randomly(picture, 16, 16, 3, {.probability = 2}, draws), Error);
  CHECK_THROWS_AS(erase_randomly(picture, 16, 16, 3, {.least_area = 0}, draws), Error);
  CHECK_THROWS_AS(erase_randomly(picture, 16, 16, 3, {.least_aspect = -1}, draws), Error);
  CHECK(picture == before);
}
