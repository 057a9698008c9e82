#include "adatape/image/colour.hpp"

#include <limits>

#include "adatape/image/normalise.hpp"
#include "adatape/image/sharpness.hpp"
#include "transforms.hpp"

using namespace adatape;
using namespace adatape::image;
using namespace adatape::testing;

TEST_CASE("colour operations: Pillow's and TensorFlow's bits") {
  Hashes hashes;
  for (int channels : {1, 3})
    for (const std::string name : {"noise", "smooth", "narrow", "flat", "two"}) {
      const Image picture = pattern(name, 37, 53, channels);
      hashes.add("pillow autocontrast " + name, pillow::autocontrast(picture));
      hashes.add("tf autocontrast " + name, tensorflow::autocontrast(picture));
      hashes.add("equalize " + name, equalize(picture));
      hashes.add("invert " + name, invert(picture));
      for (int bits = 0; bits <= 8; ++bits) hashes.add("posterize " + name, posterize(picture, bits));
      for (int threshold : {0, 1, 128, 255, 256}) hashes.add("solarize " + name, solarize(picture, threshold));
      for (int addition : {-300, -20, 0, 110, 165, 300}) hashes.add("solarize_add " + name, solarize_add(picture, addition));
      for (float factor : {0.0f, 0.1f, 0.19f, 0.5f, 0.9f, 1.0f, 1.1f, 1.81f, 1.9f, 2.8f, -0.5f}) {
        hashes.add("pillow color " + name, pillow::color(picture, factor));
        hashes.add("pillow contrast " + name, pillow::contrast(picture, factor));
        hashes.add("pillow brightness " + name, brightness(picture, factor));
        hashes.add("pillow sharpness " + name, pillow::sharpness(picture, factor));
        hashes.add("tf brightness " + name, brightness(picture, factor));
        hashes.add("tf sharpness " + name, tensorflow::sharpness(picture, factor));
        if (channels == 1) continue;
        hashes.add("tf color " + name, tensorflow::color(picture, factor));
        hashes.add("tf contrast " + name, tensorflow::contrast(picture, factor));
      }
    }
  const Image picture = pattern("noise", 37, 53, 3);
  for (const auto& [row, column, half] : {std::array<Index, 3>{0, 0, 4}, {36, 52, 10}, {18, 20, 7}, {5, 30, 0}, {20, 20, 100}})
    hashes.add("cutout", cutout(picture, row, column, half));
  hashes.add("tf contrast large", tensorflow::contrast(pattern("smooth", 224, 224, 3), 2.8f));
  hashes.check();
}

TEST_CASE("pictures of fewer than three rows or columns have a border only: sharpness keeps them") {
  for (const auto& [height, width] : {std::pair<Index, Index>{1, 1}, {2, 9}, {9, 2}}) {
    const Image picture = pattern("noise", height, width, 3);
    CHECK(pillow::sharpness(picture, 0) == picture);
    CHECK(tensorflow::sharpness(picture, 0) == picture);
  }
}

TEST_CASE("normalise: scenic's range and torchvision's statistics, to the bit") {
  const Image picture = pattern("noise", 16, 16, 3), grey = pattern("noise", 16, 16, 1);
  std::vector<float> out(picture.values.size()), grey_out(grey.values.size());
  Hashes hashes;
  Normalisation::range(-1, 1)(picture, out);
  hashes.add("normalise range", std::span<const float>(out));
  Normalisation::statistics(imagenet_statistics)(picture, out);
  hashes.add("normalise imagenet", std::span<const float>(out));
  hashes.check();
  Normalisation::range(-1, 1)(grey, grey_out);
  for (std::size_t i = 0; i < grey_out.size(); ++i) CHECK(grey_out[i] == static_cast<float>(grey.values[i]) / 255 * 2 - 1);
}

TEST_CASE("colour operations and normalise: wrong arguments are an Error") {
  const Image picture = pattern("noise", 5, 7, 3), grey = pattern("noise", 5, 7, 1);
  CHECK_THROWS_WITH_AS(posterize(picture, 9), "posterize: wanted 0 to 8 bits, found 9", Error);
  CHECK_THROWS_AS(posterize(picture, -1), Error);
  CHECK_THROWS_AS(solarize(picture, 257), Error);
  CHECK_THROWS_AS(solarize(picture, -1), Error);
  CHECK_THROWS_AS(cutout(picture, 5, 0, 1), Error);
  CHECK_THROWS_AS(cutout(picture, 0, -1, 1), Error);
  CHECK_THROWS_AS(cutout(picture, 0, 0, -1), Error);
  CHECK_THROWS_AS(tensorflow::color(grey, 2), Error);
  CHECK_THROWS_AS(tensorflow::contrast(grey, 2), Error);
  CHECK_THROWS_AS(blend(picture, grey, 0.5f), Error);
  for (const float wrong : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    CHECK_THROWS_AS(brightness(picture, wrong), Error);
    CHECK_THROWS_AS(pillow::color(picture, wrong), Error);
    CHECK_THROWS_AS(pillow::sharpness(picture, wrong), Error);
  }
  std::vector<float> out(104);
  CHECK_THROWS_WITH_AS(Normalisation::range(-1, 1)(picture, out), "normalise: wanted room for 105 values, found 104", Error);
  CHECK_THROWS_AS(Normalisation::range(1, 1), Error);
  CHECK_THROWS_AS(Normalisation::statistics({{0, 0, 0}, {1, 0, 1}}), Error);
}
