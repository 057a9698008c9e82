#pragma once
/// The orientation that EXIF data state, and its application.
#include <cstdint>
#include <cstring>
#include <span>

#include "adatape/image/image.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::image {

/// The orientation, 1 to 8, that the TIFF structure `tiff` states in its first directory (tag 0x0112, EXIF 2.3, section 4.6.4); 1 where it states none.
/// The standard wants a value of 16 bits; one of 32 bits is taken too. Of several entries the last counts, as in Pillow.
inline int exif_orientation(std::span<const std::uint8_t> tiff) {
  if (tiff.size() < 8 || tiff[0] != tiff[1] || (tiff[0] != 'I' && tiff[0] != 'M')) return 1;
  const bool little = tiff[0] == 'I';
  // `size` bytes from `at`, which must lie inside.
  const auto number = [&](std::size_t at, std::size_t size) {
    std::size_t value = 0;
    for (std::size_t i = 0; i < size; ++i) value = value << 8 | tiff[at + (little ? size - 1 - i : i)];
    return value;
  };
  const std::size_t directory = number(4, 4);
  if (number(2, 2) != 42 || directory > tiff.size() - 2) return 1;
  const std::size_t entries = number(directory, 2);
  std::size_t orientation = 1;
  for (std::size_t i = 0, at = directory + 2; i < entries && at + 12 <= tiff.size(); ++i, at += 12) {
    const std::size_t type = number(at + 2, 2), size = type == 3 ? 2 : 4;
    if (number(at, 2) == 0x0112 && (type == 3 || type == 4) && number(at + 4, 4) == 1) orientation = number(at + 8, size);
  }
  return orientation >= 1 && orientation <= 8 ? static_cast<int>(orientation) : 1;
}

namespace detail {

template <std::size_t channels>
void turn(const Image& image, int orientation, Image& out) {
  const bool transposed = orientation >= 5, last_row_first = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  const bool last_column_first = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  auto* to = out.values.data();
  for (Index y = 0; y < out.height; ++y)
    for (Index x = 0; x < out.width; ++x, to += channels) {
      Index row = transposed ? x : y, column = transposed ? y : x;
      if (last_row_first) row = image.height - 1 - row;
      if (last_column_first) column = image.width - 1 - column;
      std::memcpy(to, image.row(row) + column * static_cast<Index>(channels), channels);
    }
}

}  // namespace detail

/// The image turned and mirrored as `orientation` asks, so that its top is up. An orientation that is not 2 to 8 leaves it as it is. From 5 on, height and
/// width change places. Equals Pillow's ImageOps.exif_transpose.
inline Image upright(Image image, int orientation) {
  if (orientation <= 1 || orientation > 8) return image;
  const bool transposed = orientation >= 5;
  Image out(transposed ? image.width : image.height, transposed ? image.height : image.width, image.channels);
  image.channels == 1 ? detail::turn<1>(image, orientation, out) : detail::turn<3>(image, orientation, out);
  return out;
}

}  // namespace adatape::image
