#include "image/picture_fit.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "image/augmentation.hpp"

using namespace adatape::examples;
using adatape::Draws, adatape::Index, adatape::Purpose, adatape::Stream;
namespace image = adatape::image;

namespace {

/// [64, 64, 3] of any values.
image::Image noise_picture() {
  image::Image picture(64, 64, 3);
  const Stream stream(3, Purpose::data, 0, 0);
  for (std::size_t i = 0; i < picture.values.size(); ++i) picture.values[i] = static_cast<std::uint8_t>(stream.below(i, 256));
  return picture;
}

/// The results of the transform for 300 samples of `picture`, each [height, width, channels].
std::vector<std::vector<float>> transformed(const TrainingTransform& transform, const image::Image& picture) {
  std::vector<std::vector<float>> all;
  for (std::uint64_t number = 0; number < 300; ++number) {
    Draws draws(Stream(1, Purpose::augmentation, 0, number));
    all.emplace_back(picture.values.size());
    transform(picture, draws, all.back());
  }
  return all;
}

}  // namespace

TEST_CASE("fit big_vision: both sides to 32 without antialias, and the middle 28 of that") {
  const auto picture = noise_picture();
  const PictureFit fit{"big_vision", 0.875, "bilinear"};
  CHECK(fit.crops());
  CHECK(fit.side_before_crop(224) == 256);
  const auto out = fit(picture, 28, 28, 3);
  REQUIRE(out.height == 28);
  REQUIRE(out.width == 28);
  // At half the size each result lies in the middle of four pixels, and the crop begins with number 2.
  bool equal = true;
  for (Index y = 0; y < 28; ++y)
    for (Index x = 0; x < 28 * 3; ++x) {
      const Index column = 2 * (x / 3 + 2) * 3 + x % 3;
      const auto* above = picture.row(2 * (y + 2));
      const auto* below = picture.row(2 * (y + 2) + 1);
      equal = equal && out.row(y)[x] == (above[column] + above[column + 3] + below[column] + below[column + 3]) / 4;
    }
  CHECK(equal);
  CHECK(takes_interpolation("big_vision", "bilinear"));
  CHECK_FALSE(takes_interpolation("big_vision", "bicubic"));
  CHECK_FALSE(takes_interpolation("big_vision", "area"));
  CHECK(fit.text() == "big_vision with crop share 0.875");
}

TEST_CASE("fit: what flags say takes the place of what was recorded") {
  const PictureFit recorded{"timm", 0.9, "bilinear"};
  CHECK(FitFlags{}.over(recorded) == recorded);
  CHECK(FitFlags{.rule = "timm"}.over(recorded) == recorded);
  CHECK(FitFlags{.rule = "big_vision"}.over(recorded) == PictureFit{"big_vision", 0.9, "bilinear"});
  CHECK(FitFlags{.rule = "scenic", .crop_share = 0.5}.over(recorded) == PictureFit{"scenic", 0.5, "area"});
  CHECK(FitFlags{.interpolation = "auto"}.over(recorded) == PictureFit{"timm", 0.9, "bicubic"});
}

TEST_CASE("timm's RandAugment: the mean of the pictures comes in from outside") {
  image::Image picture(16, 16, 3);
  std::ranges::fill(picture.values, std::uint8_t{200});
  for (const auto& mean : {std::vector<double>{0.5, 0.5, 0.5}, std::vector<double>{0.485, 0.456, 0.406}, std::vector<double>{0.25, 1, 0}}) {
    const PixelTable table({mean, {1, 1, 1}});
    const TrainingTransform transform({.rand_augment = "rand-m9-mstd0-n1-p1"}, {}, 16, 16, table);
    const auto& fill = table.mean_pixel();
    CHECK(fill == (mean[0] == 0.5    ? image::pillow::Colour{128, 128, 128}
                   : mean[0] == 0.25 ? image::pillow::Colour{64, 255, 0}
                                     : image::pillow::Colour{124, 116, 104}));
    int filled = 0, inside = 0, others = 0;
    for (const auto& out : transformed(transform, picture)) {
      const auto is = [&](std::size_t i, const image::pillow::Colour& colour) {
        bool same = true;
        for (std::size_t c = 0; c < 3; ++c) same = same && out[i + c] == table(colour[c], c);
        return same;
      };
      const bool moved = is((8 * 16 + 8) * 3, {200, 200, 200});  // what changes colours changes the middle too
      for (std::size_t i = 0; moved && i < out.size(); i += 3) {
        const bool from_inside = is(i, {200, 200, 200}), from_outside = is(i, fill);
        inside += from_inside, filled += from_outside && !from_inside, others += !from_inside && !from_outside;
      }
    }
    CHECK(filled > 1000);
    CHECK(inside > 1000);
    CHECK(others == 0);
  }
}

TEST_CASE("--erase-rule timm: noise in a rectangle of timm's sizes") {
  image::Image picture(16, 16, 3);
  std::ranges::fill(picture.values, std::uint8_t{200});
  const PixelTable table({{0.5, 0.5, 0.5}, {1, 1, 1}});
  const float plain = table(200, 0);
  for (const char* rule : {"mean", "timm"}) {
    const TrainingTransform transform({.erase = 1, .erase_rule = rule}, {}, 16, 16, table);
    std::ptrdiff_t largest = 0, covered = 0, zeros = 0;
    for (const auto& out : transformed(transform, picture)) {
      const auto count = std::ranges::count_if(out, [&](float value) { return value != plain; });
      largest = std::max(largest, count / 3);
      covered += count;
      zeros += std::ranges::count(out, 0.0f);
    }
    CHECK(covered > 0);
    CHECK((zeros == covered) == (rule == std::string_view("mean")));
    // A fifth of 256 pixels, and a third; the sides are rounded.
    CHECK(largest > (rule == std::string_view("mean") ? 40 : 70));
    CHECK(largest < (rule == std::string_view("mean") ? 60 : 95));
  }
}
