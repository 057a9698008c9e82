#pragma once
/// The images that a command line names: pictures and IDX files.
#include <fmt/format.h>

#include <string>

#include "adatape/data/idx.hpp"
#include "image_codec.hpp"

namespace adatape::examples {

/// Images of one size, in the order given.
struct ImageList {
  std::vector<std::string> names;    ///< of a file, with " #7" for image 7 of an IDX file
  std::vector<std::uint8_t> pixels;  ///< [count, height, width]
  Index found = 0;                   ///< images in the files, those beyond the limit included
};

/// Reads up to `limit` images (0: all), made to fit height x width. Throws Error as the readers do, and for a file of an unknown type.
inline ImageList read_images(const std::vector<std::string>& paths, Index height, Index width, bool inverted, Index limit,
                             const PictureOptions& options) {
  ImageList list;
  const auto full = [&] { return limit > 0 && static_cast<Index>(list.names.size()) >= limit; };
  const auto add = [&](const std::string& name, GreyImage image) {
    if (inverted) invert(image);
    const auto fitted = fit(image, height, width);
    list.names.push_back(name);
    list.pixels.insert(list.pixels.end(), fitted.pixels.begin(), fitted.pixels.end());
  };
  for (const auto& path : paths) {
    const auto format = image_format(path);
    require(format != ImageFormat::unknown, path, ": wanted a PNG, JPEG or IDX image file, found something else");
    if (format != ImageFormat::idx) {
      ++list.found;
      if (!full()) add(path, read_image(path, format, options));
      continue;
    }
    list.found += data::read_idx_shape(path, 3).front();
    if (full()) continue;
    const auto file = data::read_idx(path, 3);
    const auto size = static_cast<std::size_t>(file.shape[1] * file.shape[2]);
    for (Index i = 0; i < file.shape[0] && !full(); ++i) {
      const auto pixels = std::span(file.values).subspan(static_cast<std::size_t>(i) * size, size);
      add(fmt::format("{} #{}", path, i), {file.shape[1], file.shape[2], {pixels.begin(), pixels.end()}});
    }
  }
  return list;
}

}  // namespace adatape::examples
