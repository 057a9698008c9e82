#pragma once
/// PNG and JPEG through libpng and libjpeg.
#include <filesystem>
#include <span>
#include <string>

#include "grey_image.hpp"

namespace adatape::examples {

enum class ImageFormat : std::uint8_t { png, jpeg, idx, unknown };

/// What a file's first bytes say; idx for plain IDX and for gzip. Throws Error if it cannot be read.
ImageFormat image_format(const std::filesystem::path& path);

/// How pictures are read.
struct PictureOptions {
  std::uint8_t background = 255;   ///< the grey level that shows through what is transparent
  bool exif_orientation = false;   ///< turn a picture as its EXIF data ask
  Index max_pixels = 64'000'000;   ///< more are refused at the header; reading takes up to 13 bytes a pixel
};

inline constexpr Index kLargestSide = 65'535;

/// Throws Error unless both sides are 1 to kLargestSide pixels and the picture has at most options.max_pixels.
void check_picture_size(const std::string& where, Index height, Index width, const PictureOptions& options);

/// A PNG or JPEG file of any colour model, as grey: what Pillow's convert("L") gives after transparency is laid over the background.
/// 16 bits become 8 by rounding; gAMA and colour profiles are not applied. Throws Error for whatever a file may have wrong; one that ends early is
/// an error, stray bytes before a marker are not.
GreyImage read_image(const std::filesystem::path& path, ImageFormat format, const PictureOptions& options = {});

/// Writes rgb [height, width, 3] as PNG, whole or not at all.
void write_png(const std::filesystem::path& path, Index height, Index width, std::span<const std::uint8_t> rgb);

}  // namespace adatape::examples
