#pragma once
/// The images that a command line names: pictures and IDX files.
#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "adatape/data/idx_images.hpp"
#include "adatape/image/decode.hpp"
#include "picture_fit.hpp"

namespace adatape::examples {

/// Images of one size, in the order given.
struct ImageList {
  std::vector<std::string> names;    ///< of a file, with " #7" for image 7 of an IDX file
  std::vector<Index> numbers;        ///< counted over all images of the files, from 0
  std::vector<std::uint8_t> pixels;  ///< [count, height, width, channels]
  Index found = 0;                   ///< images in the files, those that are not wanted included
};

/// Which images of the files are wanted, by their numbers over all files: those below `limit` (0: all), or `chosen`, ascending, where it is not empty.
struct ImageChoice {
  Index limit = 0;
  std::vector<Index> chosen;

  /// Whether one of the images from number `first` on is wanted, of `count`.
  bool any(Index first, Index count) const {
    if (chosen.empty()) return limit == 0 || first < limit;
    const auto next = std::ranges::lower_bound(chosen, first);
    return next != chosen.end() && *next < first + count;
  }
};

/// Reads the images that `choice` wants, of options.channels channels, made to fit height x width by `fit`. Where `fit` would stretch a grey image, it keeps
/// its shape instead, in the middle of a black one (fit_inside). Throws Error as the readers do, and for a file of an unknown type.
inline ImageList read_images(const std::vector<std::string>& paths, Index height, Index width, const PictureFit& fit, bool inverted, const ImageChoice& choice,
                             const image::DecodeOptions& options) {
  ImageList list;
  const auto add = [&](const std::string& name, Index number, image::Image picture) {
    picture = with_channels(std::move(picture), options.channels);
    if (inverted) invert(picture);
    const bool inside = options.channels == 1 && !fit.crops();
    const auto fitted = inside ? fit_inside(picture, height, width) : fit(picture, height, width, options.channels);
    list.names.push_back(name);
    list.numbers.push_back(number);
    list.pixels.insert(list.pixels.end(), fitted.values.begin(), fitted.values.end());
  };
  for (const auto& path : paths) {
    const auto format = image::read_format(path);
    if (format == image::Format::png || format == image::Format::jpeg) {
      if (choice.any(list.found, 1)) add(path, list.found, image::read_image(path, options));
      ++list.found;
      continue;
    }
    require(format == image::Format::idx || format == image::Format::gzip, path, ": wanted a PNG, JPEG or IDX image file, found ", image::format_name(format));
    const Index rank = data::detail::read_idx_rank(path) == 4 ? 4 : 3;  // 4: in colour
    const auto shape = data::read_idx_shape(path, rank);
    require(rank == 3 || shape[3] == 1 || shape[3] == 3, path, ": wanted images of 1 or 3 channels, found ", shape.back());
    const Index first = std::exchange(list.found, list.found + shape.front());
    if (!choice.any(first, list.found - first)) continue;
    const auto file = data::read_idx(path, rank);
    const int channels = rank == 4 ? static_cast<int>(file.shape[3]) : 1;
    const auto size = static_cast<std::size_t>(file.shape[1] * file.shape[2] * channels);
    for (Index i = 0; i < file.shape[0]; ++i) {
      if (!choice.any(first + i, 1)) continue;
      const auto pixels = std::span(file.values).subspan(static_cast<std::size_t>(i) * size, size);
      image::Image picture(file.shape[1], file.shape[2], channels);
      std::ranges::copy(pixels, picture.values.begin());
      add(fmt::format("{} #{}", path, i), first + i, std::move(picture));
    }
  }
  return list;
}

}  // namespace adatape::examples
