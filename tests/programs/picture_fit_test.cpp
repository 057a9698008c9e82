#include "image/picture_fit.hpp"

#include <doctest/doctest.h>

#include "adatape/core/random.hpp"

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
