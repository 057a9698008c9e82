#pragma once
/// How pictures are decoded, and the limits on their size.
#include <cstdint>
#include <string>

#include "adatape/core/error.hpp"
#include "adatape/core/types.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::image {

/// Each side of a picture may have that many pixels: what the header of a JPEG can state. (libjpeg itself refuses sides above 65 500.)
inline constexpr Index kLargestSide = 65'535;

/// Channels and orientation that a decoded picture is to have, and the most pixels that are decoded.
struct DecodeOptions {
  /// 3: RGB, the values that Pillow's convert("RGB") gives: alpha and transparency are dropped, of 16 bits the high byte counts, 16-bit grey is clipped at 255.
  /// 1: grey, the values that Pillow's convert("L") gives after transparency is laid over `background`; 16 bits become 8 by rounding.
  int channels = 3;
  std::uint8_t background = 255;  ///< with channels = 1: the grey level that shows through what is transparent
  bool exif_orientation = false;  ///< turn a picture as its EXIF data ask
  /// Read a JPEG with wrong or missing data before its end as Pillow does: pixels are what libjpeg makes of the rest, grey where nothing is left. Without it
  /// such a file is an error. A file that ends early is always one.
  bool accept_damage = false;
  /// A picture of more is refused at its header. This number is Pillow's limit. Decoding takes up to 15 bytes a pixel, those of the file included.
  Index max_pixels = 89'478'485;
};

namespace detail {

/// Throws Error unless both sides are 1 to kLargestSide pixels and the picture has at most options.max_pixels.
inline void check_picture_size(const std::string& where, Index height, Index width, const DecodeOptions& options) {
  require(height > 0 && width > 0 && height <= kLargestSide && width <= kLargestSide, where, ": pictures of ", width, " x ", height,
          " pixels are not supported: wanted sides of 1 to ", kLargestSide);
  require(height * width <= options.max_pixels, where, ": wanted at most ", options.max_pixels, " pixels (max_pixels), found ", width, " x ", height);
}

}  // namespace detail

}  // namespace adatape::image
