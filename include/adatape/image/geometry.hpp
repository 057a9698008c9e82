#pragma once
/// Projective transforms with the nearest pixel, as TensorFlow Addons computes them for the RandAugment of scenic and big_vision.
#include <array>
#include <cmath>
#include <numbers>

#include "adatape/image/pixel.hpp"
#include "adatape/image/rounded.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::image::tensorflow {

/// (a0, a1, a2, b0, b1, b2, c0, c1): pixel (x, y) of the result is pixel ((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k) of the picture, k = c0 x + c1 y + 1.
/// x and y count pixels, without half a pixel's shift.
using Projection = std::array<float, 8>;

/// What pixels from outside of the picture are in scenic: mid-grey.
inline constexpr std::uint8_t grey_fill = 128;

/// `picture` seen through `projection`, in float32, each operation rounded on its own. Places round to the nearest pixel, halves away from zero (std::round). A
/// place outside of the picture, or none (k = 0), gives `fill`. Throws Error unless all eight numbers are finite.
inline Image transform(const Image& picture, const Projection& projection, std::uint8_t fill = grey_fill) {
  for (const float number : projection) require(std::isfinite(number), "transform: wanted finite numbers, found ", number);
  Image out(picture.height, picture.width, picture.channels);
  const auto& p = projection;
  const std::array<std::uint8_t, 3> filling{fill, fill, fill};
  const Index channels = picture.channels;
  const float last_row = static_cast<float>(picture.height - 1), last_column = static_cast<float>(picture.width - 1);
  for (Index y = 0; y < out.height; ++y) {
    const float row = static_cast<float>(y), across = rounded(p[1] * row), down = rounded(p[4] * row), depth = rounded(p[7] * row);
    std::uint8_t* to = out.row(y);
    for (Index x = 0; x < out.width; ++x, to += channels) {
      const float column = static_cast<float>(x), k = rounded(p[6] * column) + depth + 1;
      const float from_x = std::round((rounded(p[0] * column) + across + p[2]) / k), from_y = std::round((rounded(p[3] * column) + down + p[5]) / k);
      if (from_x >= 0 && from_x <= last_column && from_y >= 0 && from_y <= last_row)
        copy_pixel(picture.row(static_cast<Index>(from_y)) + static_cast<Index>(from_x) * channels, picture.channels, to);
      else
        copy_pixel(filling.data(), picture.channels, to);
    }
  }
  return out;
}

/// x' = x + level y.
inline Image shear_x(const Image& picture, float level) { return transform(picture, {1, level, 0, 0, 1, 0, 0, 0}); }
/// y' = level x + y.
inline Image shear_y(const Image& picture, float level) { return transform(picture, {1, 0, 0, level, 1, 0, 0, 0}); }
/// x' = x + pixels: content moves left for positive `pixels`.
inline Image translate_x(const Image& picture, float pixels) { return transform(picture, {1, 0, pixels, 0, 1, 0, 0, 0}); }
/// y' = y + pixels: content moves up for positive `pixels`.
inline Image translate_y(const Image& picture, float pixels) { return transform(picture, {1, 0, 0, 0, 1, pixels, 0, 0}); }

/// x' = cos t x - sin t y + xo, y' = sin t x + cos t y + yo about the middle ((W - 1) / 2, (H - 1) / 2), t = degrees pi / 180 in float32. Cosine and sine are
/// the nearest float32 to those of t.
inline Image rotate(const Image& picture, float degrees) {
  const float t = degrees * static_cast<float>(std::numbers::pi / 180);
  const float c = static_cast<float>(std::cos(static_cast<double>(t))), s = static_cast<float>(std::sin(static_cast<double>(t)));
  const float right = static_cast<float>(picture.width - 1), bottom = static_cast<float>(picture.height - 1);
  const float offset_x = (right - (rounded(c * right) - rounded(s * bottom))) / 2, offset_y = (bottom - (rounded(s * right) + rounded(c * bottom))) / 2;
  return transform(picture, {c, -s, offset_x, s, c, offset_y, 0, 0});
}

}  // namespace adatape::image::tensorflow
