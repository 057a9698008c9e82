#pragma once
/// One row of any colour model to grey, in the arithmetic of Pillow: every result equals that of its convert("L").
#include <cstdint>
#include <span>

namespace adatape::examples {

/// value / 255, rounded; value in [0, 255 * 255].
constexpr unsigned divide_by_255(unsigned value) { return (value + 128 + ((value + 128) >> 8)) >> 8; }

/// Luma of ITU-R BT.601, 0.299 red + 0.587 green + 0.114 blue, in fixed point with 16 bits behind the point.
constexpr std::uint8_t luma(unsigned red, unsigned green, unsigned blue) {
  return static_cast<std::uint8_t>((red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16);
}

/// Grey, or grey and alpha, or RGB, or RGB and alpha ([width, channels]) to grey [width]; what is transparent shows `background`.
inline void grey_row(std::span<const std::uint8_t> from, unsigned channels, unsigned background, std::uint8_t* to) {
  for (std::size_t i = 0; i < from.size(); i += channels) {
    const unsigned alpha = channels % 2 == 0 ? from[i + channels - 1] : 255;
    const auto over = [&](unsigned channel) { return divide_by_255(from[i + channel] * alpha + background * (255 - alpha)); };
    *to++ = channels <= 2 ? static_cast<std::uint8_t>(over(0)) : luma(over(0), over(1), over(2));
  }
}

/// CMYK [width, 4] as JPEG files hold it, inverted (255: no ink, the convention of Adobe), to grey [width].
inline void grey_row_of_inverted_cmyk(std::span<const std::uint8_t> from, std::uint8_t* to) {
  for (std::size_t i = 0; i < from.size(); i += 4) {
    const unsigned light = from[i + 3];
    const auto channel = [&](std::size_t ink) { return light - divide_by_255((255u - from[i + ink]) * light); };
    *to++ = luma(channel(0), channel(1), channel(2));
  }
}

}  // namespace adatape::examples
