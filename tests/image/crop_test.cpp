#include "adatape/image/crop.hpp"

#include <limits>

#include "adatape/image/random_crop.hpp"
#include "transforms.hpp"

using namespace adatape;
using namespace adatape::image;
using namespace adatape::testing;

TEST_CASE("crop: the bytes of the box; the flip mirrors") {
  for (int channels : {1, 3}) {
    const Image picture = pattern("noise", 9, 11, channels), part = crop(picture, {2, 3, 4, 5}), mirrored = flip_horizontally(picture);
    CHECK(part.height == 4);
    CHECK(part.width == 5);
    for (Index y = 0; y < 4; ++y)
      for (Index i = 0; i < 5 * channels; ++i) CHECK(part.row(y)[i] == picture.row(y + 2)[3 * channels + i]);
    for (Index y = 0; y < 9; ++y)
      for (Index x = 0; x < 11; ++x)
        for (Index c = 0; c < channels; ++c) CHECK(mirrored.row(y)[x * channels + c] == picture.row(y)[(10 - x) * channels + c]);
    CHECK(flip_horizontally(mirrored) == picture);
    CHECK(crop(picture, {0, 0, 9, 11}) == picture);
  }
}

TEST_CASE("centre crop: scenic cuts the offset down, timm rounds half to even") {
  // A row and a column of numbers: the first value of a crop says where it is.
  Image picture(8, 9, 1);
  for (Index y = 0; y < 8; ++y)
    for (Index x = 0; x < 9; ++x) picture.row(y)[x] = static_cast<std::uint8_t>(16 * y + x);
  // Rests of 1, 3, 5 rows and of 2, 4, 6 columns.
  const struct {
    Index height, width;
    int tensorflow, pillow;
  } cases[] = {{7, 7, 0x01, 0x01}, {5, 5, 0x12, 0x22}, {3, 3, 0x23, 0x23}, {8, 9, 0, 0}, {8, 6, 1, 2}, {8, 4, 2, 2}, {8, 8, 0, 0}};
  for (const auto& c : cases) {
    CHECK(int{tensorflow::centre_crop(picture, c.height, c.width).values[0]} == c.tensorflow);
    CHECK(int{pillow::centre_crop(picture, c.height, c.width).values[0]} == c.pillow);
  }
}

TEST_CASE("random crops: the boxes that NumPy computes from the same draws") {
  Hashes hashes;
  for (const auto& [height, width] : {std::pair<Index, Index>{375, 500}, {500, 375}, {224, 224}, {1, 1}, {3, 200}, {200, 3}, {7, 5}, {1000, 999}}) {
    for (const bool inception : {true, false})
      for (std::uint64_t sample = 0; sample < 200; ++sample) {
        Draws draws = draws_of(11, 1, sample);
        const Box box = inception ? tensorflow::inception_box(height, width, draws) : pillow::resized_crop_box(height, width, draws);
        const std::int32_t numbers[] = {static_cast<std::int32_t>(box.top), static_cast<std::int32_t>(box.left), static_cast<std::int32_t>(box.height),
                                        static_cast<std::int32_t>(box.width)};
        hashes.add((inception ? "inception box " : "resized box ") + std::to_string(height) + " " + std::to_string(width),
                   std::span<const std::int32_t>(numbers));
      }
  }
  hashes.check();
}

namespace {
/// Shares of 10 000 boxes: the mean area, the offset at its last place, the offset at 0 and the flips.
struct Shares {
  double area = 0, least_area = 1, most_area = 0, least_aspect = 100, most_aspect = 0, height = 0;
  int last_row = 0, last_column = 0, first_row = 0, whole = 0;
};

template <class DrawBox>
Shares shares_of(Index height, Index width, const DrawBox& draw_box) {
  Shares s;
  for (std::uint64_t sample = 0; sample < 10000; ++sample) {
    Draws draws = draws_of(3, 0, sample);
    const Box box = draw_box(height, width, draws);
    REQUIRE(box.top >= 0);
    REQUIRE(box.left >= 0);
    REQUIRE(box.height >= 1);
    REQUIRE(box.width >= 1);
    REQUIRE(box.top + box.height <= height);
    REQUIRE(box.left + box.width <= width);
    const double area = static_cast<double>(box.height * box.width) / static_cast<double>(height * width);
    const double aspect = static_cast<double>(box.width) / static_cast<double>(box.height);
    s.area += area / 10000;
    s.height += static_cast<double>(box.height) / static_cast<double>(height) / 10000;
    s.least_area = std::min(s.least_area, area);
    s.most_area = std::max(s.most_area, area);
    s.least_aspect = std::min(s.least_aspect, aspect);
    s.most_aspect = std::max(s.most_aspect, aspect);
    s.whole += box == Box{0, 0, height, width};
    s.last_row += box.height < height && box.top == height - box.height;
    s.last_column += box.width < width && box.left == width - box.width;
    s.first_row += box.height < height && box.top == 0;
  }
  return s;
}
}  // namespace

TEST_CASE("inception crop: the height is uniform, the last offset is never drawn") {
  // With H = W = 256 and aspect r: h is uniform over sqrt(0.05 / r) .. min(1, 1 / r) of H. The means of h and of h^2 r over r ~ U(0.75, 1.33) are integrals.
  double height = 0, area = 0;
  const int steps = 10000;
  for (int i = 0; i < steps; ++i) {
    const double r = 0.75 + 0.58 * (i + 0.5) / steps, low = std::sqrt(0.05 / r), high = std::min(1.0, 1 / r);
    height += (low + high) / 2 / steps;
    area += r * (low * low + low * high + high * high) / 3 / steps;
  }
  const Shares s = shares_of(256, 256, [](Index h, Index w, Draws& draws) { return tensorflow::inception_box(h, w, draws); });
  CHECK(s.height == doctest::Approx(height).epsilon(0.015));  // the standard error is 0.23 / sqrt(10000) = 0.4 %
  CHECK(s.area == doctest::Approx(area).epsilon(0.025));
  CHECK(s.least_area >= 0.05);
  CHECK(s.least_area < 0.052);
  CHECK(s.most_area > 0.95);
  CHECK(s.least_aspect > 0.74);
  CHECK(s.most_aspect < 1.36);
  CHECK(s.last_row == 0);
  CHECK(s.last_column == 0);
  CHECK(s.first_row > 50);
  // A ratio far from the range: no box fits, so it is the whole picture.
  CHECK(shares_of(1, 200, [](Index h, Index w, Draws& draws) { return tensorflow::inception_box(h, w, draws); }).whole == 10000);
}

TEST_CASE("resized crop: the area is uniform, every offset is drawn") {
  const auto box = [](Index h, Index w, Draws& draws) { return pillow::resized_crop_box(h, w, draws); };
  // Areas up to 0.75 fit for every aspect, so that below it they are uniform: compare the shares of two halves.
  int low = 0, high = 0;
  for (std::uint64_t sample = 0; sample < 10000; ++sample) {
    Draws draws = draws_of(3, 0, sample);
    const Box b = box(256, 256, draws);
    const double area = static_cast<double>(b.height * b.width) / 65536;
    low += area >= 0.08 && area < 0.4;
    high += area >= 0.4 && area < 0.72;
  }
  CHECK(std::abs(low - high) < 4 * std::sqrt(low + high));
  CHECK(low > 3300);
  const Shares s = shares_of(32, 32, box);
  CHECK(s.last_row > 300);
  CHECK(std::abs(s.last_row - s.first_row) < 4 * std::sqrt(s.last_row + s.first_row));
  CHECK(s.least_area > 0.06);
  CHECK(s.least_aspect > 0.6);
  CHECK(s.most_aspect < 1.7);
  // Far from the range: the middle, with the nearest aspect of the range.
  Draws draws = draws_of(1, 2, 3);
  CHECK(pillow::resized_crop_box(200, 3, draws) == Box{98, 0, 4, 3});
  CHECK(pillow::resized_crop_box(3, 200, draws) == Box{0, 98, 3, 4});
}

TEST_CASE("random crops: equal streams give equal bytes, other samples others; half of the flips flip") {
  const Image picture = pattern("smooth", 60, 80, 3);
  const auto both = [&](std::uint64_t sample) {
    Draws draws = draws_of(1, 2, sample);
    Image a = tensorflow::inception_crop(picture, 24, 24, draws), b = pillow::resized_crop(picture, 24, 24, pillow::Filter::bicubic, draws);
    CHECK(a.height == 24);
    CHECK(b.width == 24);
    return std::pair(flip_randomly(a, draws), flip_randomly(b, draws));
  };
  CHECK(both(7) == both(7));
  CHECK(both(7).first != both(8).first);
  CHECK(both(7).second != both(8).second);
  int flipped = 0;
  for (std::uint64_t sample = 0; sample < 1000; ++sample) {
    Draws draws = draws_of(1, 2, sample);
    flipped += flip_randomly(pattern("noise", 1, 3, 1), draws) != pattern("noise", 1, 3, 1);
  }
  CHECK(std::abs(flipped - 500) < 64);  // four standard deviations
}

TEST_CASE("crop: a box that is not inside of the picture is an Error") {
  const Image picture = pattern("noise", 9, 11, 3);
  for (const Box& box : {Box{0, 0, 0, 5}, Box{0, 0, 5, 0}, Box{-1, 0, 5, 5}, Box{0, -1, 5, 5}, Box{5, 0, 5, 5}, Box{0, 7, 5, 5}, Box{0, 0, 10, 5},
                         Box{0, 0, 5, 12}, Box{std::numeric_limits<Index>::max(), 0, 5, 5}, Box{0, 0, std::numeric_limits<Index>::max(), 5}})
    CHECK_THROWS_AS(crop(picture, box), Error);
  CHECK_THROWS_WITH_AS(crop(picture, {5, 0, 5, 5}), "crop: wanted a box inside of 9 x 11, found 5 x 5 at 5, 0", Error);
  CHECK_THROWS_AS(tensorflow::centre_crop(picture, 10, 5), Error);
  CHECK_THROWS_AS(pillow::centre_crop(picture, 5, 0), Error);
  Draws draws = draws_of(1, 2, 3);
  CHECK_THROWS_AS(tensorflow::inception_box(0, 5, draws), Error);
  CHECK_THROWS_AS(tensorflow::inception_box(5, 40000, draws), Error);
  CHECK_THROWS_AS(pillow::resized_crop_box(5, 0, draws), Error);
  CHECK_THROWS_AS(pillow::resized_crop_box(5, 5, draws, {0, 1, 0.75, 1.33, 10}), Error);
  CHECK_THROWS_AS(pillow::resized_crop_box(5, 5, draws, {0.5, 0.4, 0.75, 1.33, 10}), Error);
  CHECK_THROWS_AS(tensorflow::inception_box(5, 5, draws, {0.05, 1, 0, 1.33, 10}), Error);
  CHECK_THROWS_AS(tensorflow::inception_box(5, 5, draws, {0.05, 1, 0.75, 1.33, 0}), Error);
}
