#pragma once
/// Copies of one pixel. A call of memmove would take longer than the pixel.
#include "adatape/image/image.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::image {

/// to[0 .. channels - 1] = from[..], for 1 or 3 channels. The two may be the same pixel.
inline void copy_pixel(const std::uint8_t* from, int channels, std::uint8_t* to) {
  to[0] = from[0];
  if (channels == 1) return;
  to[1] = from[1];
  to[2] = from[2];
}

/// Every pixel of `picture` becomes pixel[0 .. channels - 1].
inline void fill_pixels(Image& picture, const std::uint8_t* pixel) {
  std::uint8_t* to = picture.values.data();
  const std::uint8_t* end = to + picture.values.size();
  for (; to != end; to += picture.channels) copy_pixel(pixel, picture.channels, to);
}

}  // namespace adatape::image
