#pragma once
/// One row of any colour model to grey or to RGB, in the arithmetic of Pillow: every result equals that of its convert("L") or convert("RGB").
#include <array>
#include <cstdint>
#include <span>

#include "adatape/core/namespace.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::image::detail {

/// value / 255, rounded; value in [0, 255 * 255].
constexpr unsigned divide_by_255(unsigned value) { return (value + 128 + ((value + 128) >> 8)) >> 8; }

/// Luma of ITU-R BT.601, 0.299 red + 0.587 green + 0.114 blue, in fixed point with 16 bits behind the point.
constexpr std::uint8_t luma(unsigned red, unsigned green, unsigned blue) {
  return static_cast<std::uint8_t>((red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16);
}

/// Grey, or grey and alpha, or RGB, or RGB and alpha ([width, channels]) to grey [width]; what is transparent shows `background`. `to` does not overlap `from`.
inline void grey_row(std::span<const std::uint8_t> from, unsigned channels, unsigned background, std::uint8_t* to) {
  for (std::size_t i = 0; i < from.size(); i += channels) {
    const unsigned alpha = channels % 2 == 0 ? from[i + channels - 1] : 255;
    const auto over = [&](unsigned channel) { return divide_by_255(from[i + channel] * alpha + background * (255 - alpha)); };
    *to++ = channels <= 2 ? static_cast<std::uint8_t>(over(0)) : luma(over(0), over(1), over(2));
  }
}

/// Calls take(red, green, blue) for each pixel of a row of CMYK [width, 4] as JPEG files hold it: inverted (255: no ink, the convention of Adobe).
/// With k = 255 - K and C, M, Y the amounts of ink: red = k - C k / 255, and so on.
template <class Take>
void visit_inverted_cmyk(std::span<const std::uint8_t> from, const Take& take) {
  for (std::size_t i = 0; i < from.size(); i += 4) {
    const unsigned light = from[i + 3];
    const auto channel = [&](std::size_t ink) { return light - divide_by_255((255u - from[i + ink]) * light); };
    take(channel(0), channel(1), channel(2));
  }
}

/// Inverted CMYK [width, 4] to grey [width]. `to` does not overlap `from`.
inline void grey_row_of_inverted_cmyk(std::span<const std::uint8_t> from, std::uint8_t* to) {
  visit_inverted_cmyk(from, [&](unsigned red, unsigned green, unsigned blue) { *to++ = luma(red, green, blue); });
}

/// Inverted CMYK [width, 4] to RGB [width, 3]. `to` does not overlap `from`.
inline void rgb_row_of_inverted_cmyk(std::span<const std::uint8_t> from, std::uint8_t* to) {
  visit_inverted_cmyk(from, [&](unsigned red, unsigned green, unsigned blue) {
    for (const unsigned value : {red, green, blue}) *to++ = static_cast<std::uint8_t>(value);
  });
}

/// Grey of 16 bits, big-endian ([width, 2] bytes), to RGB [width, 3]: above 255 it is clipped, not scaled. `to` does not overlap `from`.
inline void rgb_row_of_grey_16(std::span<const std::uint8_t> from, std::uint8_t* to) {
  for (std::size_t i = 0; i < from.size(); i += 2, to += 3) to[0] = to[1] = to[2] = from[i] != 0 ? 255 : from[i + 1];
}

using Palette = std::array<std::array<std::uint8_t, 3>, 256>;

/// A palette without colours of a file: Pillow shows an index that the file gives no colour for as that level of grey.
constexpr Palette grey_palette() {
  Palette palette{};
  for (std::size_t i = 0; i < palette.size(); ++i) palette[i].fill(static_cast<std::uint8_t>(i));
  return palette;
}

/// Indices of a palette [width] to RGB [width, 3]. `to` does not overlap `from`.
inline void rgb_row_of_indices(std::span<const std::uint8_t> from, const Palette& palette, std::uint8_t* to) {
  for (const std::uint8_t index : from)
    for (const std::uint8_t value : palette[index]) *to++ = value;
}

}  // namespace adatape::image::detail
