#pragma once
/// Pictures as PNG, through libpng.
#include <png.h>

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "adatape/image/image.hpp"
#include "adatape/io/atomic_file.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::image {

/// The content of a PNG file that holds `image`: grey or RGB, 8 bits, lossless. Throws Error, a line that begins with `where`, if the image has no pixels, if
/// its number of values is not height * width * channels, or if libpng cannot encode it.
inline std::vector<std::byte> encode_png(const Image& image, const std::string& where) {
  // libpng takes sides of up to 2^31 - 1; 2^24 keeps all sizes below within 64 bits.
  constexpr Index largest = Index{1} << 24;
  require(image.height >= 1 && image.width >= 1 && image.height <= largest && image.width <= largest && (image.channels == 1 || image.channels == 3) &&
              std::ssize(image.values) == image.height * image.row_size(),
          where, ": cannot encode as PNG: wanted [height, width, 1 or 3] values, found ", image.values.size(), " for ", image.height, " x ", image.width, " x ",
          image.channels);
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  png.format = image.channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  png.height = static_cast<png_uint_32>(image.height);
  png.width = static_cast<png_uint_32>(image.width);
  std::vector<std::byte> bytes(PNG_IMAGE_PNG_SIZE_MAX(png));
  png_alloc_size_t size = bytes.size();
  require(png_image_write_to_memory(&png, bytes.data(), &size, 0, image.values.data(), 0, nullptr) != 0, where, ": cannot encode as PNG: ", png.message);
  bytes.resize(size);
  return bytes;
}

/// Writes `image` as a PNG file, whole or not at all. Throws Error as encode_png and io::AtomicFile do.
inline void write_png(const std::filesystem::path& path, const Image& image) {
  const auto bytes = encode_png(image, path.string());
  io::AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

}  // namespace adatape::image
