#pragma once
/// How the programs read pictures, and how one of any size becomes what a model takes.
#include <algorithm>
#include <cmath>
#include <cstdint>

#include "adatape/image/colour_model.hpp"
#include "adatape/image/decode_options.hpp"
#include "adatape/image/resize.hpp"

namespace adatape::examples {

/// What --help says of --read-damaged.
inline constexpr const char* kReadDamagedHelp = "read JPEG pictures with wrong or missing data before their end as Pillow does; without it they are errors";

/// For a model of `channels` (1: grey over white, 3: RGB): up to 64 million pixels. read_damaged: image::DecodeOptions::accept_damage.
inline image::DecodeOptions picture_options(int channels, bool read_damaged = false) {
  image::DecodeOptions options;
  options.channels = channels;
  options.accept_damage = read_damaged;
  options.max_pixels = 64'000'000;
  return options;
}

inline void invert(image::Image& picture) {
  for (auto& pixel : picture.values) pixel = static_cast<std::uint8_t>(255 - pixel);
}

/// A grey image in the middle of a black one of height x width, as large as fits; every pixel is the mean over the area that it covers.
inline image::Image fit_inside(const image::Image& picture, Index height, Index width) {
  if (picture.height == height && picture.width == width) return picture;
  const double step =
      std::max(static_cast<double>(picture.height) / static_cast<double>(height), static_cast<double>(picture.width) / static_cast<double>(width));
  const auto edge = [&](Index target, Index target_size, Index source_size) {
    return (static_cast<double>(target) - static_cast<double>(target_size) / 2) * step + static_cast<double>(source_size) / 2;
  };
  // The part of source pixel i that lies in [low, high).
  const auto overlap = [](Index i, double low, double high) {
    return std::max(0.0, std::min(high, static_cast<double>(i) + 1) - std::max(low, static_cast<double>(i)));
  };
  const auto first = [](double low) { return static_cast<Index>(std::max(0.0, std::floor(low))); };
  const auto last = [](double high, Index size) { return std::min(size, static_cast<Index>(std::ceil(std::max(0.0, high)))); };

  image::Image out(height, width, 1);
  for (Index y = 0; y < height; ++y)
    for (Index x = 0; x < width; ++x) {
      const double top = edge(y, height, picture.height), bottom = top + step, left = edge(x, width, picture.width), right = left + step;
      double sum = 0;
      for (Index from_y = first(top); from_y < last(bottom, picture.height); ++from_y)
        for (Index from_x = first(left); from_x < last(right, picture.width); ++from_x)
          sum += picture.row(from_y)[from_x] * overlap(from_y, top, bottom) * overlap(from_x, left, right);
      out.row(y)[x] = static_cast<std::uint8_t>(std::lround(std::clamp(sum / (step * step), 0.0, 255.0)));
    }
  return out;
}

/// The picture in grey or in RGB, as `channels` says, with Pillow's luma. Throws Error unless channels is 1 or 3.
inline image::Image with_channels(image::Image picture, int channels) {
  if (picture.channels == channels) return picture;
  image::Image out(picture.height, picture.width, channels);
  if (channels == 1) {
    image::detail::grey_row(picture.values, 3, 255, out.values.data());
  } else {
    for (std::size_t i = 0; i < picture.values.size(); ++i) std::fill_n(out.values.begin() + static_cast<Index>(3 * i), 3, picture.values[i]);
  }
  return out;
}

/// The picture stretched to height x width as Pillow does it, in grey or in RGB. One that has this size and these channels stays as it is.
inline image::Image fit_to(const image::Image& picture, Index height, Index width, int channels, image::pillow::Filter filter) {
  if (picture.channels != channels) return fit_to(with_channels(picture, channels), height, width, channels, filter);
  if (picture.height == height && picture.width == width) return picture;
  return image::pillow::resize(picture, height, width, filter);
}

}  // namespace adatape::examples
