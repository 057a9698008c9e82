#include "adatape/image/geometry.hpp"

#include <limits>

#include "adatape/image/affine.hpp"
#include "transforms.hpp"

using namespace adatape;
using namespace adatape::image;
using namespace adatape::testing;

namespace {
const std::pair<pillow::Filter, std::string> filters[] = {
    {pillow::Filter::nearest, "nearest"}, {pillow::Filter::bilinear, "bilinear"}, {pillow::Filter::bicubic, "bicubic"}};
const std::pair<std::string, pillow::Matrix> matrices[] = {{"identity", {1, 0, 0, 0, 1, 0}},
                                                           {"shift", {1, 0, 3.25, 0, 1, -7.6}},
                                                           {"whole shift", {1, 0, -11, 0, 1, 4}},
                                                           {"shear", {1, 0.27, 0, 0, 1, 0}},
                                                           {"shear y", {1, 0, 0, -0.27, 1, 0}},
                                                           {"thirds", {1.0 / 3, 0, 2, 0, 1.0 / 3, 1}},
                                                           {"large", {900.5, 3, -20000.25, 2, 900, -19000}},
                                                           {"mirror", {-1, 0, 53, 0, -1, 37}},
                                                           {"any", {0.8, -0.33, 5.5, 0.41, 1.2, -8.75}},
                                                           {"small", {0.1, 0.02, 20, -0.02, 0.1, 15}},
                                                           {"far", {1, 0.1, 1e6, 0.1, 1, 1e6}}};
constexpr double angles[] = {0, 27, -27, 45, 90, 180, 270, -90, 360, 12.3456, 400, -0.001, 179.5, 30};
constexpr tensorflow::Projection projections[] = {
    {1, 0, 0, 0, 1, 0, 0, 0}, {0.9f, 0.1f, 3.5f, -0.2f, 1.1f, 2.5f, 0, 0}, {1, 0, 0, 0, 1, 0, 0.001f, -0.002f}, {0.5f, 0, 0.5f, 0, 0.5f, -0.5f, 0, 0}};
constexpr pillow::Colour fill{124, 116, 104};
}  // namespace

TEST_CASE("affine, rotate and transform: Pillow's and TensorFlow's bits") {
  Hashes hashes;
  for (int channels : {1, 3})
    for (const char* kind : {"noise", "smooth"}) {
      const Image picture = pattern(kind, 37, 53, channels), square = pattern(kind, 32, 32, channels);
      for (const auto& [filter, label] : filters) {
        for (const auto& [name, matrix] : matrices) hashes.add("affine " + label + " " + name, pillow::affine(picture, matrix, filter, fill));
        for (std::size_t i = 0; i < std::size(angles); ++i) {
          hashes.add("rotate " + label + " " + std::to_string(i), pillow::rotate(picture, angles[i], filter, fill));
          hashes.add("rotate square " + label + " " + std::to_string(i), pillow::rotate(square, angles[i], filter, fill));
        }
      }
      for (std::size_t i = 0; i < std::size(projections); ++i) hashes.add("tf transform " + std::to_string(i), tensorflow::transform(picture, projections[i]));
    }
  hashes.check();
}

TEST_CASE("transform: what comes in from outside is grey, or what was asked for") {
  const Image picture = pattern("noise", 5, 6, 3);
  const Image moved = tensorflow::translate_x(picture, 2);
  CHECK(std::equal(moved.row(1), moved.row(1) + 12, picture.row(1) + 6));
  for (Index x = 4; x < 6; ++x) CHECK(int{moved.row(1)[3 * x]} == 128);
  CHECK(int{tensorflow::transform(picture, {0, 0, 0, 0, 0, 0, 0, -1}, 9).row(1)[0]} == 9);  // 0 / 0 is no place
  CHECK(tensorflow::translate_y(picture, 0) == picture);
}

TEST_CASE("geometry: numbers that are no places are an Error") {
  const Image picture = pattern("noise", 5, 7, 3);
  const double infinity = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  for (const double wrong : {infinity, -infinity, nan, 1e300}) {
    CHECK_THROWS_AS(pillow::affine(picture, {1, 0, wrong, 0, 1, 0}, pillow::Filter::nearest, fill), Error);
    CHECK_THROWS_AS(tensorflow::transform(picture, {1, 0, static_cast<float>(wrong), 0, 1, 0, 0, 0}), Error);
  }
  CHECK_THROWS_AS(pillow::rotate(picture, nan, pillow::Filter::bilinear, fill), Error);
  CHECK_THROWS_AS(pillow::rotate(picture, infinity, pillow::Filter::bilinear, fill), Error);
}
