#pragma once
/// Small PNG files for tests of data sets, and folders of them.
#include <png.h>

#include <string>

#include "../io/files.hpp"
#include "adatape/image/image.hpp"

namespace adatape::test {

/// A picture whose value at (y, x, channel) is start + 31 y + 7 x + channel, mod 256.
inline image::Image pattern(Index height, Index width, int channels, int start) {
  image::Image picture(height, width, channels);
  for (Index y = 0; y < height; ++y)
    for (Index x = 0; x < width; ++x)
      for (int c = 0; c < channels; ++c) picture.row(y)[x * channels + c] = static_cast<std::uint8_t>(start + 31 * y + 7 * x + c);
  return picture;
}

/// Writes the picture as PNG. The folders above it are made.
inline void write_png(const std::filesystem::path& path, const image::Image& picture) {
  std::filesystem::create_directories(path.parent_path());
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  png.width = static_cast<png_uint_32>(picture.width);
  png.height = static_cast<png_uint_32>(picture.height);
  png.format = picture.channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  require(png_image_write_to_file(&png, path.c_str(), 0, picture.values.data(), 0, nullptr) != 0, path.string(), ": cannot write: ", png.message);
}

/// An empty file. The folders above it are made.
inline void touch(const std::filesystem::path& path) {
  std::filesystem::create_directories(path.parent_path());
  write_file(path, "");
}

/// The paths of an index, each with its label: "cat/1.png=0, dog/1.png=1".
template <class FileIndex>
std::string entries(const FileIndex& index) {
  std::string out;
  for (Index i = 0; i < index.size(); ++i)
    out += (i > 0 ? ", " : "") + std::string(index.path(i)) + "=" + std::to_string(index.labels[static_cast<std::size_t>(i)]);
  return out;
}

/// The message of the Error that `act` throws, without the first `path` and what follows it up to ": ".
template <class Act>
std::string error_at(const std::filesystem::path& path, Act&& act) {
  const auto message = error_of(act);
  return message.starts_with(path.string() + ": ") ? message.substr(path.string().size() + 2) : message;
}

}  // namespace adatape::test
