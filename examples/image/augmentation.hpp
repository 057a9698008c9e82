#pragma once
/// Random variations of a training image, a function of (seed, epoch, number of the sample) alone.
#include <algorithm>
#include <cmath>

#include "adatape/core/random.hpp"
#include "pixels.hpp"

namespace adatape::examples {

struct Augmentation {
  bool flip = false;  ///< mirror left and right with probability 1/2
  int shift = 0;      ///< move by up to this many pixels along each axis, black comes in
  double erase = 0;   ///< probability of covering a rectangle of 2 % to 20 % of the image with the mean pixel
};

/// Writes image `pixels` [height, width], varied and normalised, to `out`.
inline void augment(const Augmentation& how, const Stream& stream, std::span<const std::uint8_t> pixels, Index height, Index width,
                    const PixelTable& table, float* out) {
  const auto between = [&](std::uint64_t draw, Index low, Index high) {
    return low + static_cast<Index>(stream.below(draw, static_cast<std::uint64_t>(high - low + 1)));
  };
  const bool mirrored = how.flip && between(0, 0, 1) == 1;
  const Index down = between(1, -how.shift, how.shift), right = between(2, -how.shift, how.shift);
  for (Index y = 0; y < height; ++y)
    for (Index x = 0; x < width; ++x) {
      const Index from_y = y - down, shifted_x = x - right, from_x = mirrored ? width - 1 - shifted_x : shifted_x;
      const bool inside = from_y >= 0 && from_y < height && from_x >= 0 && from_x < width;
      out[y * width + x] = table(inside ? pixels[static_cast<std::size_t>(from_y * width + from_x)] : std::uint8_t{0});
    }
  // Random erasing (Zhong et al. 2020).
  const auto uniform = [&](std::uint64_t draw) { return stream.uniform(4 * draw); };
  if (how.erase > 0 && uniform(3) < how.erase) {
    const double area = (0.02 + 0.18 * uniform(4)) * static_cast<double>(height * width), aspect = std::exp2(2 * uniform(5) - 1);
    const Index box_height = std::clamp<Index>(std::lround(std::sqrt(area * aspect)), 1, height);
    const Index box_width = std::clamp<Index>(std::lround(std::sqrt(area / aspect)), 1, width);
    const Index top = between(6, 0, height - box_height), left = between(7, 0, width - box_width);
    for (Index y = top; y < top + box_height; ++y) std::fill_n(out + y * width + left, box_width, 0.0f);
  }
}

}  // namespace adatape::examples
