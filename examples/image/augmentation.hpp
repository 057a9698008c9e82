#pragma once
/// Random variations of a training image, a function of (seed, epoch, number of the sample) alone.
#include <algorithm>
#include <cmath>

#include "adatape/core/random.hpp"
#include "adatape/image/image.hpp"
#include "pixels.hpp"

namespace adatape::examples {

struct Augmentation {
  bool flip = false;  ///< mirror left and right with probability 1/2
  int shift = 0;      ///< move by up to this many pixels along each axis, black comes in
  double erase = 0;   ///< probability of covering a rectangle of 2 % to 20 % of the image with the mean pixel
};

/// Writes `picture`, varied and normalised, to `out`, [height, width, channels].
inline void augment(const Augmentation& how, Draws& draws, const image::Image& picture, const PixelTable& table, std::span<float> out) {
  const Index height = picture.height, width = picture.width, channels = picture.channels;
  const auto between = [&](Index low, Index high) { return low + static_cast<Index>(draws.below(static_cast<std::uint64_t>(high - low + 1))); };
  const bool mirrored = between(0, 1) == 1 && how.flip;
  const Index down = between(-how.shift, how.shift), right = between(-how.shift, how.shift);
  float* to = out.data();
  for (Index y = 0; y < height; ++y)
    for (Index x = 0; x < width; ++x) {
      const Index from_y = y - down, shifted_x = x - right, from_x = mirrored ? width - 1 - shifted_x : shifted_x;
      const bool inside = from_y >= 0 && from_y < height && from_x >= 0 && from_x < width;
      for (Index channel = 0; channel < channels; ++channel)
        *to++ = table(inside ? picture.row(from_y)[from_x * channels + channel] : std::uint8_t{0}, static_cast<std::size_t>(channel));
    }
  // Random erasing (Zhong et al. 2020).
  if (how.erase > 0 && draws.uniform() < how.erase) {
    const double area = (0.02 + 0.18 * draws.uniform()) * static_cast<double>(height * width), aspect = std::exp2(2 * draws.uniform() - 1);
    const Index box_height = std::clamp<Index>(std::lround(std::sqrt(area * aspect)), 1, height);
    const Index box_width = std::clamp<Index>(std::lround(std::sqrt(area / aspect)), 1, width);
    const Index top = between(0, height - box_height), left = between(0, width - box_width);
    for (Index y = top; y < top + box_height; ++y) std::fill_n(out.data() + (y * width + left) * channels, box_width * channels, 0.0f);
  }
}

}  // namespace adatape::examples
