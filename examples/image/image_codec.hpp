#pragma once
/// PNG and JPEG through libpng and libjpeg.
#include <filesystem>
#include <span>

#include "grey_image.hpp"

namespace adatape::examples {

enum class ImageFormat : std::uint8_t { png, jpeg, idx, unknown };

/// What a file's first bytes say; idx for plain IDX and for gzip. Throws Error if it cannot be read.
ImageFormat image_format(const std::filesystem::path& path);

/// A PNG or JPEG file of any colour model, as grey. Throws Error for whatever a file may have wrong.
GreyImage read_image(const std::filesystem::path& path, ImageFormat format);

/// Writes rgb [height, width, 3] as PNG, whole or not at all.
void write_png(const std::filesystem::path& path, Index height, Index width, std::span<const std::uint8_t> rgb);

}  // namespace adatape::examples
