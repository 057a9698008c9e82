#pragma once
/// Random erasing (Zhong et al. 2020) of normalised pictures, as timm has it (timm/data/random_erasing.py).
#include <cmath>
#include <span>

#include "adatape/image/random_crop.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::image {

/// What an erased rectangle is filled with.
enum class EraseFill : std::uint8_t {
  zero,    ///< 0, the mean of normalised pictures
  colour,  ///< one N(0, 1) for each channel
  pixels   ///< N(0, 1) for each value
};

/// How often a rectangle of a picture is erased, which one, and with what. The defaults are DeiT's.
struct ErasingOptions {
  double probability = 0.25;                         ///< of erasing in a picture
  double least_area = 0.02, most_area = 1.0 / 3;     ///< share of the picture's area that the rectangle has
  double least_aspect = 0.3, most_aspect = 1 / 0.3;  ///< height / width
  int attempts = 10;                                 ///< rectangles that are drawn at most, at least 1, until one is smaller than the picture
  EraseFill fill = EraseFill::pixels;                ///< what the rectangle is filled with
};

/// With options.probability overwrites one rectangle of `picture` [height, width, channels], row-major, and returns its box, else an empty one. One attempt:
///   a ~ U(areas) H W, r = exp(U(log aspects)), h = round(sqrt(a r)), w = round(sqrt(a / r)), half to even, refused unless h < H and w < W,
///   the offsets uniform over 0 .. H - h and 0 .. W - w.
/// After options.attempts refusals nothing is erased. A rectangle without a pixel counts as erased. Throws Error for sizes that do not fit or are outside of 1
/// to 32768, for a probability outside of 0 to 1 and for wrong ranges.
inline Box erase_randomly(std::span<float> picture, Index height, Index width, Index channels, const ErasingOptions& options, Draws& draws) {
  detail::require_ranges("erase_randomly", options, height, width);
  require(1 <= channels && channels <= 32768 && std::ssize(picture) == height * width * channels, "erase_randomly: wanted ", height, " x ", width, " x ",
          channels, " values and at least 1 channel, found ", picture.size(), " values");
  require(0 <= options.probability && options.probability <= 1, "erase_randomly: wanted a probability of 0 to 1, found ", options.probability);
  if (draws.uniform() > options.probability) return {};
  for (int attempt = 0; attempt < options.attempts; ++attempt) {
    const double area = draws.uniform(options.least_area, options.most_area) * static_cast<double>(height * width);
    const double aspect = std::exp(draws.uniform(std::log(options.least_aspect), std::log(options.most_aspect)));
    const Index h = detail::round_half_to_even(std::sqrt(area * aspect)), w = detail::round_half_to_even(std::sqrt(area / aspect));
    if (h >= height || w >= width) continue;
    const Index top = detail::draw_index(draws, height - h + 1), left = detail::draw_index(draws, width - w + 1);
    std::vector<float> colour(static_cast<std::size_t>(channels), 0.0f);
    if (options.fill == EraseFill::colour)
      for (float& value : colour) value = static_cast<float>(draws.normal());
    for (Index y = top; y < top + h; ++y) {
      float* row = picture.data() + (y * width + left) * channels;
      for (Index i = 0; i < w * channels; ++i)
        row[i] = options.fill == EraseFill::pixels ? static_cast<float>(draws.normal()) : colour[static_cast<std::size_t>(i % channels)];
    }
    return {top, left, h, w};
  }
  return {};
}

}  // namespace adatape::image
