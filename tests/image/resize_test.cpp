#include "adatape/image/resize.hpp"

#include "adatape/image/crop.hpp"
#include "transforms.hpp"

using namespace adatape;
using namespace adatape::image;
using namespace adatape::testing;

namespace {
struct Sizes {
  Index height, width, to_height, to_width;
};
constexpr Sizes all_sizes[] = {{37, 53, 20, 31}, {37, 53, 90, 77}, {37, 53, 37, 20}, {37, 53, 20, 53}, {37, 53, 37, 53},  {37, 53, 1, 1},
                               {1, 1, 5, 7},     {3, 200, 50, 3},  {48, 64, 47, 65}, {64, 48, 7, 11},  {100, 75, 33, 25}, {375, 500, 224, 224}};
const std::pair<pillow::Filter, std::string> antialiased[] = {{pillow::Filter::bilinear, "bilinear"}, {pillow::Filter::bicubic, "bicubic"}};
}  // namespace

TEST_CASE("resize: Pillow's and TensorFlow's bits, up and down, odd sizes, crop then resize") {
  Hashes hashes;
  for (const auto& [height, width, h, w] : all_sizes)
    for (int channels : {1, 3}) {
      if (height > 300 && channels == 1) continue;
      for (const char* kind : {"noise", "smooth"}) {
        const Image picture = pattern(kind, height, width, channels);
        const std::string name = std::to_string(height) + " " + std::to_string(width) + " to " + std::to_string(h) + " " + std::to_string(w);
        for (const auto& [filter, label] : antialiased) {
          hashes.add("resize " + label + " " + name, pillow::resize(picture, h, w, filter));
          if (height == 37) hashes.add("crop and resize " + label + " " + name, pillow::resize(crop(picture, {5, 7, 20, 30}), h, w, filter));
        }
        hashes.add("tf bilinear " + name, tensorflow::resize_bilinear(picture, h, w));
        if (height < 300) hashes.add("tf area " + name, tensorflow::resize_area(picture, h, w));
      }
    }
  hashes.check();
}

TEST_CASE("resize: one table serves many pictures") {
  const Image a = pattern("noise", 37, 53, 3), b = pattern("smooth", 37, 53, 1);
  const pillow::ResizeTable rows(37, 20, pillow::Filter::bicubic), columns(53, 31, pillow::Filter::bicubic);
  CHECK(pillow::resize(a, rows, columns) == pillow::resize(a, 20, 31, pillow::Filter::bicubic));
  CHECK(pillow::resize(b, rows, columns) == pillow::resize(b, 20, 31, pillow::Filter::bicubic));
  for (Index i = 0; i < rows.out(); ++i) {
    Index sum = 0;
    for (Index k = 0; k < rows.count(i); ++k) sum += rows.weights(i)[k];
    CHECK(std::abs(sum - (1 << 22)) <= rows.count(i));
    CHECK(rows.start(i) >= 0);
    CHECK(rows.start(i) + rows.count(i) <= rows.in());
  }
}

TEST_CASE("resize_small and resize_shorter: the sides of scenic's and timm's evaluation") {
  Hashes hashes;
  for (const auto& [height, width] : {std::pair<Index, Index>{40, 61}, {61, 40}, {50, 50}, {33, 47}}) {
    const Image picture = pattern("noise", height, width, 3);
    const std::string name = std::to_string(height) + " " + std::to_string(width);
    hashes.add("resize_small " + name, tensorflow::resize_small(picture, 32));
    hashes.add("resize_shorter " + name, pillow::resize_shorter(picture, 32, pillow::Filter::bicubic));
  }
  hashes.check();
}

TEST_CASE("resize: wrong arguments are an Error") {
  const Image picture = pattern("noise", 5, 7, 3);
  for (const auto& [height, width] : {std::pair<Index, Index>{0, 5}, {5, 0}, {-1, 5}, {5, Index{1} << 40}}) {
    CHECK_THROWS_AS(pillow::resize(picture, height, width, pillow::Filter::bilinear), Error);
    CHECK_THROWS_AS(tensorflow::resize_bilinear(picture, height, width), Error);
    CHECK_THROWS_AS(tensorflow::resize_area(picture, height, width), Error);
  }
  CHECK_THROWS_WITH_AS(pillow::resize(picture, 5, 0, pillow::Filter::bicubic), "resize: wanted sizes of 1 to 16777216, found 7 to 0", Error);
  CHECK_THROWS_AS(pillow::resize(picture, 5, 5, pillow::Filter::nearest), Error);
  CHECK_THROWS_AS(pillow::resize(picture, pillow::ResizeTable(5, 4, pillow::Filter::bilinear), pillow::ResizeTable(6, 4, pillow::Filter::bilinear)), Error);
  CHECK_THROWS_AS(tensorflow::resize_small(picture, 0), Error);
  CHECK_THROWS_AS(pillow::resize_shorter(picture, 0, pillow::Filter::bilinear), Error);
}
