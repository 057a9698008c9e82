#pragma once
/// The images that a command line names: pictures and IDX files.
#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "adatape/data/idx.hpp"
#include "adatape/image/decode.hpp"
#include "grey_image.hpp"

namespace adatape::examples {

/// Images of one size, in the order given.
struct ImageList {
  std::vector<std::string> names;    ///< of a file, with " #7" for image 7 of an IDX file
  std::vector<std::uint8_t> pixels;  ///< [count, height, width]
  Index found = 0;                   ///< images in the files, those beyond the limit included
};

/// Reads up to `limit` images (0: all), made to fit height x width. Throws Error as the readers do, and for a file of an unknown type.
/// options.channels must be 1.
inline ImageList read_images(const std::vector<std::string>& paths, Index height, Index width, bool inverted, Index limit,
                             const image::DecodeOptions& options) {
  ImageList list;
  const auto full = [&] { return limit > 0 && static_cast<Index>(list.names.size()) >= limit; };
  const auto add = [&](const std::string& name, image::Image picture) {
    if (inverted) invert(picture);
    const auto fitted = fit(picture, height, width);
    list.names.push_back(name);
    list.pixels.insert(list.pixels.end(), fitted.values.begin(), fitted.values.end());
  };
  for (const auto& path : paths) {
    const auto format = image::read_format(path);
    if (format == image::Format::png || format == image::Format::jpeg) {
      ++list.found;
      if (!full()) add(path, image::read_image(path, options));
      continue;
    }
    require(format == image::Format::idx || format == image::Format::gzip, path, ": wanted a PNG, JPEG or IDX image file, found ",
            image::format_name(format));
    list.found += data::read_idx_shape(path, 3).front();
    if (full()) continue;
    const auto file = data::read_idx(path, 3);
    const auto size = static_cast<std::size_t>(file.shape[1] * file.shape[2]);
    for (Index i = 0; i < file.shape[0] && !full(); ++i) {
      const auto pixels = std::span(file.values).subspan(static_cast<std::size_t>(i) * size, size);
      image::Image picture(file.shape[1], file.shape[2], 1);
      std::ranges::copy(pixels, picture.values.begin());
      add(fmt::format("{} #{}", path, i), std::move(picture));
    }
  }
  return list;
}

}  // namespace adatape::examples
