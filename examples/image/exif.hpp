#pragma once
/// The orientation that EXIF data state, and its application.
#include <cstdint>
#include <span>
#include <utility>

#include "grey_image.hpp"

namespace adatape::examples {

/// The orientation, 1 to 8, that the TIFF structure `tiff` states in its first directory (tag 0x0112, EXIF 2.3, section 4.6.4); 1 where it states none.
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
  for (std::size_t i = 0, at = directory + 2; i < entries && at + 12 <= tiff.size(); ++i, at += 12) {
    const bool is_short = number(at + 2, 2) == 3 && number(at + 4, 4) == 1;
    if (number(at, 2) != 0x0112 || !is_short) continue;
    const std::size_t orientation = number(at + 8, 2);
    return orientation >= 1 && orientation <= 8 ? static_cast<int>(orientation) : 1;
  }
  return 1;
}

/// The image turned and mirrored as `orientation` asks, so that its top is up.
inline GreyImage upright(GreyImage image, int orientation) {
  if (orientation <= 1 || orientation > 8) return image;
  const bool transposed = orientation >= 5, last_row_first = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  const bool last_column_first = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  GreyImage out{transposed ? image.width : image.height, transposed ? image.height : image.width, std::vector<std::uint8_t>(image.pixels.size())};
  auto* to = out.pixels.data();
  for (Index y = 0; y < out.height; ++y)
    for (Index x = 0; x < out.width; ++x) {
      Index row = transposed ? x : y, column = transposed ? y : x;
      if (last_row_first) row = image.height - 1 - row;
      if (last_column_first) column = image.width - 1 - column;
      *to++ = image.pixels[static_cast<std::size_t>(row * image.width + column)];
    }
  return out;
}

}  // namespace adatape::examples
