#pragma once
/// Crops at given places, the flip, and the resize that evaluation begins with.
#include <algorithm>
#include <cmath>

#include "adatape/image/pixel.hpp"
#include "adatape/image/resize.hpp"
#include "adatape/image/resize_tensorflow.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::image {

/// A rectangle of a picture: rows top .. top + height - 1, columns left .. left + width - 1.
struct Box {
  Index top = 0, left = 0;      ///< of the first pixel, counted from 0 at the upper left of the picture
  Index height = 0, width = 0;  ///< in pixels
  bool operator==(const Box&) const = default;
};

/// The part of `picture` in `box`, a copy. Throws Error unless the box is inside of the picture and at least 1 x 1.
inline Image crop(const Image& picture, const Box& box) {
  const bool rows = box.height >= 1 && box.height <= picture.height && box.top >= 0 && box.top <= picture.height - box.height;
  const bool columns = box.width >= 1 && box.width <= picture.width && box.left >= 0 && box.left <= picture.width - box.width;
  require(rows && columns, "crop: wanted a box inside of ", picture.height, " x ", picture.width, ", found ", box.height, " x ", box.width, " at ", box.top,
          ", ", box.left);
  Image out(box.height, box.width, picture.channels);
  for (Index y = 0; y < box.height; ++y) std::copy_n(picture.row(box.top + y) + box.left * picture.channels, out.row_size(), out.row(y));
  return out;
}

/// Mirrors left and right.
inline Image flip_horizontally(const Image& picture) {
  Image out(picture.height, picture.width, picture.channels);
  const int channels = picture.channels;
  for (Index y = 0; y < picture.height; ++y) {
    const std::uint8_t *from = picture.row(y), *end = from + picture.row_size();
    std::uint8_t* to = out.row(y) + out.row_size();
    for (; from != end; from += channels) copy_pixel(from, channels, to -= channels);
  }
  return out;
}

namespace detail {

/// x rounded to an integer, halves to the even one, whatever the rounding mode of the thread. For |x| < 2^51.
inline Index round_half_to_even(double x) {
  const double floor = std::floor(x), rest = x - floor;
  const Index below = static_cast<Index>(floor);
  return below + (rest > 0.5 || (rest == 0.5 && below % 2 != 0) ? 1 : 0);
}

inline void require_crop(const Image& picture, Index height, Index width) {
  require(1 <= height && height <= picture.height && 1 <= width && width <= picture.width, "centre crop: wanted at most ", picture.height, " x ", picture.width,
          ", found ", height, " x ", width);
}

}  // namespace detail

namespace tensorflow {

/// The middle of a picture with offsets floor((H - height) / 2) and floor((W - width) / 2), as scenic and big_vision have them. Throws Error if it does not
/// fit.
inline Image centre_crop(const Image& picture, Index height, Index width) {
  image::detail::require_crop(picture, height, width);
  return crop(picture, {(picture.height - height) / 2, (picture.width - width) / 2, height, width});
}

/// The shorter side becomes `size`: factor = size / min(H, W) in float32, both sides times the factor, rounded half to even, TensorFlow's area. Throws Error
/// unless size is 1 to 2^24 and the longer side becomes at most 2^24.
inline Image resize_small(const Image& picture, Index size) {
  const float factor = static_cast<float>(size) / static_cast<float>(std::min(picture.height, picture.width));
  const auto scaled = [&](Index side) { return image::detail::round_half_to_even(static_cast<double>(rounded(static_cast<float>(side) * factor))); };
  return resize_area(picture, scaled(picture.height), scaled(picture.width));
}

}  // namespace tensorflow

namespace pillow {

/// The middle of a picture with offsets (H - height) / 2 and (W - width) / 2, rounded half to even, as torchvision and timm have them. Throws Error if it does
/// not fit.
inline Image centre_crop(const Image& picture, Index height, Index width) {
  image::detail::require_crop(picture, height, width);
  const auto half = [](Index rest) { return image::detail::round_half_to_even(static_cast<double>(rest) / 2); };
  return crop(picture, {half(picture.height - height), half(picture.width - width), height, width});
}

/// The shorter side becomes `size`, the longer one trunc(size * long / short), as torchvision's Resize and timm have it. Throws Error as resize does.
inline Image resize_shorter(const Image& picture, Index size, Filter filter) {
  const Index shorter = std::min(picture.height, picture.width), longer = std::max(picture.height, picture.width);
  require(1 <= size && size <= ResizeTable::largest, "resize: wanted a shorter side of 1 to ", ResizeTable::largest, ", found ", size);
  const Index other = size * longer / shorter;
  return picture.height <= picture.width ? resize(picture, size, other, filter) : resize(picture, other, size, filter);
}

}  // namespace pillow

}  // namespace adatape::image
