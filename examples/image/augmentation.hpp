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

/// Mirrors and moves `pixels` [height, width, channels] into `out` of the same shape.
template <Index channels>
void move_pixels(bool mirrored, Index down, Index right, std::span<const std::uint8_t> pixels, Index height, Index width, const PixelTable& table, float* out) {
  for (Index y = 0; y < height; ++y) {
    const Index from_y = y - down;
    const std::uint8_t* row = from_y >= 0 && from_y < height ? pixels.data() + from_y * width * channels : nullptr;
    for (Index x = 0; x < width; ++x) {
      const Index shifted_x = x - right, from_x = mirrored ? width - 1 - shifted_x : shifted_x;
      const bool inside = row != nullptr && from_x >= 0 && from_x < width;
      for (Index channel = 0; channel < channels; ++channel)
        *out++ = table(inside ? row[from_x * channels + channel] : std::uint8_t{0}, static_cast<std::size_t>(channel));
    }
  }
}

/// Writes the picture `pixels` [height, width, channels], varied and normalised, to `out` of the same shape. The table says how many channels there are.
inline void augment(const Augmentation& how, Draws& draws, std::span<const std::uint8_t> pixels, Index height, Index width, const PixelTable& table,
                    float* out) {
  const auto between = [&](Index low, Index high) { return low + static_cast<Index>(draws.below(static_cast<std::uint64_t>(high - low + 1))); };
  const bool mirrored = between(0, 1) == 1 && how.flip;
  const Index down = between(-how.shift, how.shift), right = between(-how.shift, how.shift), channels = table.channels();
  const auto move = channels == 1 ? move_pixels<1> : move_pixels<3>;
  move(mirrored, down, right, pixels, height, width, table, out);
  // Random erasing (Zhong et al. 2020).
  if (how.erase > 0 && draws.uniform() < how.erase) {
    const double area = (0.02 + 0.18 * draws.uniform()) * static_cast<double>(height * width), aspect = std::exp2(2 * draws.uniform() - 1);
    const Index box_height = std::clamp<Index>(std::lround(std::sqrt(area * aspect)), 1, height);
    const Index box_width = std::clamp<Index>(std::lround(std::sqrt(area / aspect)), 1, width);
    const Index top = between(0, height - box_height), left = between(0, width - box_width);
    for (Index y = top; y < top + box_height; ++y) std::fill_n(out + (y * width + left) * channels, box_width * channels, 0.0f);
  }
}

}  // namespace adatape::examples
