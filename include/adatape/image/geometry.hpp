#pragma once
/// Projective transforms with the nearest pixel, as TensorFlow Addons computes them for the RandAugment of scenic and big_vision.
#include <algorithm>
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

namespace detail {

/// `at`, rounded to the nearest whole number, halves away from zero, if that is 0 to size - 1, else -1. -1 for NaN. 1 <= size <= 2^23. Without branches, so
/// that loops with it are vectorised.
inline std::int32_t nearest_pixel(float at, float size) {
  const float place = std::min(std::max(0.0f, at), size - 1);  // 0 for NaN
  const auto whole = static_cast<std::int32_t>(place), up = static_cast<std::int32_t>(place - static_cast<float>(whole) >= 0.5f);
  const auto inside = static_cast<std::int32_t>(at > -0.5f) & static_cast<std::int32_t>(at < size - 0.5f);
  return (whole + up) | (inside - 1);
}

}  // namespace detail

/// `picture` seen through `projection`, in float32, each operation rounded on its own. Places round to the nearest pixel, halves away from zero (std::round). A
/// place outside of the picture, or none (k = 0), gives `fill`. Throws Error unless all eight numbers are finite and height and width are at most 2^23, up to
/// where float32 holds every half.
inline Image transform(const Image& picture, const Projection& projection, std::uint8_t fill = grey_fill) {
  for (const float number : projection) require(std::isfinite(number), "transform: wanted finite numbers, found ", number);
  constexpr Index largest = Index{1} << 23;
  require(picture.height <= largest && picture.width <= largest, "transform: wanted a height and a width of at most ", largest, ", found ", picture.height,
          " x ", picture.width);
  Image out(picture.height, picture.width, picture.channels);
  const auto& p = projection;
  const std::array<std::uint8_t, 3> filling{fill, fill, fill};
  const auto width = static_cast<std::size_t>(picture.width);
  const float rows = static_cast<float>(picture.height), columns = static_cast<float>(picture.width);
  // What depends on x alone: products, so that the loop over a row has none that could be fused, and is vectorised.
  std::vector<float> products(3 * width);
  float *along_x = products.data(), *along_y = along_x + width, *along_k = along_y + width;
  for (std::size_t x = 0; x < width; ++x) {
    const float column = static_cast<float>(x);
    along_x[x] = rounded(p[0] * column);
    along_y[x] = rounded(p[3] * column);
    along_k[x] = rounded(p[6] * column);
  }
  std::vector<std::int32_t> places(2 * width);
  std::int32_t *from_x = places.data(), *from_y = from_x + width;
  const std::uint8_t* values = picture.values.data();
  const Index row_size = picture.row_size();
  const int channels = picture.channels;
  for (Index y = 0; y < out.height; ++y) {
    const float row = static_cast<float>(y), across = rounded(p[1] * row), down = rounded(p[4] * row), depth = rounded(p[7] * row);
    for (std::size_t x = 0; x < width; ++x) {
      const float k = along_k[x] + depth + 1;
      from_x[x] = detail::nearest_pixel((along_x[x] + across + p[2]) / k, columns);
      from_y[x] = detail::nearest_pixel((along_y[x] + down + p[5]) / k, rows);
    }
    std::uint8_t* to = out.row(y);
    for (std::size_t x = 0; x < width; ++x, to += channels) {
      const bool inside = (from_x[x] | from_y[x]) >= 0;
      copy_pixel(inside ? values + from_y[x] * row_size + from_x[x] * channels : filling.data(), channels, to);
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
