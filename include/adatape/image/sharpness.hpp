#pragma once
/// Sharpness, TensorFlow's (scenic's autoaugment.py) and Pillow's (ImageEnhance): the blend of a picture with the smoothed picture. Both smooth with
/// (1 1 1; 1 5 1; 1 1 1) / 13 and keep the border of one pixel.
#include "adatape/image/enhance.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::image {

namespace tensorflow {

/// Softer (f < 1) or sharper (f > 1): blend(smooth, picture, f). smooth is computed in float32, summed row by row, and cut to bytes. Throws Error unless f is
/// finite.
inline Image sharpness(const Image& picture, float f) {
  std::array<float, 256> besides{}, middles{};  // the products of a byte with 1 / 13 and with 5 / 13
  for (std::size_t v = 0; v < 256; ++v) {
    besides[v] = static_cast<float>(v) * (1.0f / 13);
    middles[v] = static_cast<float>(v) * (5.0f / 13);
  }
  Image smooth = picture;
  const Index step = picture.channels, size = picture.row_size();
  std::vector<float> rows(static_cast<std::size_t>(5 * size));  // the first products of three rows, the second ones of a row, and sums
  float *above = rows.data(), *here = above + size, *below = here + size, *middle = below + size, *sums = middle + size;
  const auto multiply = [&](Index y, const std::array<float, 256>& products, float* to) {
    const std::uint8_t* values = picture.row(y);
    for (Index i = 0; i < size; ++i) to[i] = products[values[i]];
  };
  for (Index y = 1; y + 1 < picture.height; ++y) {
    if (y == 1) {
      multiply(0, besides, above);
      multiply(1, besides, here);
    }
    multiply(y + 1, besides, below);
    multiply(y, middles, middle);
    for (Index i = step; i < size - step; ++i) {
      float sum = above[i - step] + above[i] + above[i + step];
      sum = sum + here[i - step] + middle[i] + here[i + step];
      sums[i] = sum + below[i - step] + below[i] + below[i + step];
    }
    std::uint8_t* to = smooth.row(y);
    for (Index i = step; i < size - step; ++i) to[i] = static_cast<std::uint8_t>(static_cast<std::int32_t>(std::min(sums[i], 255.0f)));
    std::swap(above, here);
    std::swap(here, below);
  }
  return blend(smooth, picture, f);
}

}  // namespace tensorflow

namespace pillow {

/// Softer (f < 1) or sharper (f > 1): blend(smooth, picture, f). smooth is rounded to the nearest integer; thirteenths have no halves. Throws Error unless f is
/// finite.
inline Image sharpness(const Image& picture, float f) {
  Image smooth = picture;
  const Index step = picture.channels, size = picture.row_size();
  std::vector<std::int32_t> columns(static_cast<std::size_t>(size));  // sums of three rows
  for (Index y = 1; y + 1 < picture.height; ++y) {
    const std::uint8_t *above = picture.row(y - 1), *here = picture.row(y), *below = picture.row(y + 1);
    std::int32_t* column = columns.data();
    for (Index i = 0; i < size; ++i) column[i] = above[i] + here[i] + below[i];
    std::uint8_t* to = smooth.row(y);
    for (Index i = step; i < size - step; ++i)
      to[i] = static_cast<std::uint8_t>(static_cast<std::uint32_t>(2 * (column[i - step] + column[i] + column[i + step] + 4 * here[i]) + 13) / 26);
  }
  return blend(smooth, picture, f);
}

}  // namespace pillow

}  // namespace adatape::image
