#pragma once
/// A grey image in memory, and how one of any size becomes what a model takes.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "adatape/core/types.hpp"

namespace adatape::examples {

struct GreyImage {
  Index height = 0, width = 0;
  std::vector<std::uint8_t> pixels;  ///< [height, width]

  double at(Index y, Index x) const { return pixels[static_cast<std::size_t>(y * width + x)]; }
};

inline void invert(GreyImage& image) {
  for (auto& pixel : image.pixels) pixel = static_cast<std::uint8_t>(255 - pixel);
}

/// The image in the middle of a black one of height x width, as large as fits; every pixel is the mean over the area that it covers.
inline GreyImage fit(const GreyImage& image, Index height, Index width) {
  if (image.height == height && image.width == width) return image;
  const double step =
      std::max(static_cast<double>(image.height) / static_cast<double>(height), static_cast<double>(image.width) / static_cast<double>(width));
  const auto edge = [&](Index target, Index target_size, Index source_size) {
    return (static_cast<double>(target) - static_cast<double>(target_size) / 2) * step + static_cast<double>(source_size) / 2;
  };
  // The part of source pixel i that lies in [low, high).
  const auto overlap = [](Index i, double low, double high) {
    return std::max(0.0, std::min(high, static_cast<double>(i) + 1) - std::max(low, static_cast<double>(i)));
  };
  const auto first = [](double low) { return static_cast<Index>(std::max(0.0, std::floor(low))); };
  const auto last = [](double high, Index size) { return std::min(size, static_cast<Index>(std::ceil(std::max(0.0, high)))); };

  GreyImage out{height, width, std::vector<std::uint8_t>(static_cast<std::size_t>(height * width))};
  for (Index y = 0; y < height; ++y)
    for (Index x = 0; x < width; ++x) {
      const double top = edge(y, height, image.height), bottom = top + step, left = edge(x, width, image.width), right = left + step;
      double sum = 0;
      for (Index from_y = first(top); from_y < last(bottom, image.height); ++from_y)
        for (Index from_x = first(left); from_x < last(right, image.width); ++from_x)
          sum += image.at(from_y, from_x) * overlap(from_y, top, bottom) * overlap(from_x, left, right);
      out.pixels[static_cast<std::size_t>(y * width + x)] = static_cast<std::uint8_t>(std::lround(std::clamp(sum / (step * step), 0.0, 255.0)));
    }
  return out;
}

}  // namespace adatape::examples
