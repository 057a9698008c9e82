#pragma once
/// Pillow's affine transform and rotation of pictures, with Pillow's bits (Geometry.c, Image.rotate).
#include <array>
#include <charconv>
#include <cmath>
#include <numbers>

#include "adatape/image/pixel.hpp"
#include "adatape/image/resize.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::image::pillow {

/// (a, b, c, d, e, f): the middle of pixel (x, y) of the result is the point (a (x + 1/2) + b (y + 1/2) + c, d (x + 1/2) + e (y + 1/2) + f) of the picture.
using Matrix = std::array<double, 6>;

/// What pixels from outside of the picture are: red, green and blue. Grey pictures take the first.
using Colour = std::array<std::uint8_t, 3>;

namespace detail {

/// Calls take(y, x, from_y, from_x) for each pixel of the result that has a nearest pixel in the picture. Like Pillow's, places are
///  - sums of steps in double without shear (b = d = 0),
///  - 16.16 fixed point where the corners of the result are nearer than 2^15 pixels,
///  - else sums of steps in double.
template <class Take>
void nearest_places(Index height, Index width, const Matrix& m, const Take& take) {
  const double rows = static_cast<double>(height), columns = static_cast<double>(width);
  const auto within = [](double at, double size) { return at >= 0 && at < size; };
  double x0 = m[2] + m[0] * 0.5 + m[1] * 0.5, y0 = m[5] + m[3] * 0.5 + m[4] * 0.5;
  const auto near = [&](double x, double y) {
    return std::abs(rounded(x * m[0]) + rounded(y * m[1]) + m[2]) < 32768 && std::abs(rounded(x * m[3]) + rounded(y * m[4]) + m[5]) < 32768;
  };
  if ((m[1] != 0 || m[3] != 0) && near(0, 0) && near(columns, rows) && near(0, rows) && near(columns, 0)) {
    std::array<Index, 6> step{};
    const auto fixed = [](double v) { return static_cast<Index>(std::floor(v * 65536 + 0.5)); };
    for (std::size_t i = 0; i < 6; ++i) step[i] = fixed(i == 2 ? x0 : i == 5 ? y0 : m[i]);
    for (Index y = 0; y < height; ++y)
      for (Index x = 0; x < width; ++x) {
        const Index from_x = (step[2] + step[0] * x + step[1] * y) >> 16, from_y = (step[5] + step[3] * x + step[4] * y) >> 16;
        if (from_x >= 0 && from_x < width && from_y >= 0 && from_y < height) take(y, x, from_y, from_x);
      }
    return;
  }
  if (m[1] != 0 || m[3] != 0) {  // here Pillow adds the halves in the other order
    x0 = m[2] + m[1] * 0.5 + m[0] * 0.5;
    y0 = m[5] + m[4] * 0.5 + m[3] * 0.5;
  }
  for (Index y = 0; y < height; ++y, x0 += m[1], y0 += m[4]) {
    double at_x = x0, at_y = y0;
    for (Index x = 0; x < width; ++x, at_x += m[0], at_y += m[3])
      if (within(at_x, columns) && within(at_y, rows)) take(y, x, static_cast<Index>(at_y), static_cast<Index>(at_x));
  }
}

inline double cubic_between(double v1, double v2, double v3, double v4, double d) {
  const double p2 = v3 - v1, p3 = 2 * (v1 - v2) + v3 - v4, p4 = v2 - v1 - v3 + v4;
  return v2 + rounded(d * (p2 + rounded(d * (p3 + rounded(d * p4)))));
}

/// Writes the pixel at (x, y), 0 <= x < W, 0 <= y < H, to `to`: between 2 x 2 or 4 x 4 pixels (Around). Columns outside of the picture are those of its border.
/// A row outside counts as the row above it, the first one as the border.
template <std::size_t Around>
void between_pixels(const Image& picture, double x, double y, std::uint8_t* to) {
  x -= 0.5;
  y -= 0.5;
  constexpr Index before = static_cast<Index>(Around) / 2 - 1;
  const double floor_x = std::floor(x), floor_y = std::floor(y), dx = x - floor_x, dy = y - floor_y;
  const Index left = static_cast<Index>(floor_x) - before, top = static_cast<Index>(floor_y) - before, channels = picture.channels;
  std::array<const std::uint8_t*, Around> lines;
  std::array<Index, Around> columns;
  for (std::size_t at = 0; at < Around; ++at) {
    const auto i = static_cast<Index>(at);
    columns[at] = std::clamp<Index>(left + i, 0, picture.width - 1) * channels;
    const bool inside = top + i >= 0 && top + i < picture.height;
    lines[at] = i > 0 && !inside ? lines[at - 1] : picture.row(std::clamp<Index>(top + i, 0, picture.height - 1));
  }
  for (Index c = 0; c < channels; ++c) {
    std::array<double, Around> rows;
    for (std::size_t i = 0; i < Around; ++i) {
      const auto value = [&](std::size_t j) { return static_cast<double>(lines[i][columns[j] + c]); };
      if constexpr (Around == 2)
        rows[i] = interpolate(value(0), value(1), dx);
      else
        rows[i] = cubic_between(value(0), value(1), value(2), value(3), dx);
    }
    if constexpr (Around == 2)
      to[c] = static_cast<std::uint8_t>(interpolate(rows[0], rows[1], dy));
    else
      to[c] = static_cast<std::uint8_t>(std::clamp(cubic_between(rows[0], rows[1], rows[2], rows[3], dy), 0.0, 255.0));
  }
}

/// x rounded to 15 decimals, as Python's round(x, 15) does. For |x| <= 1.
inline double round15(double x) {
  std::array<char, 32> text{};
  const auto written = std::to_chars(text.data(), text.data() + text.size(), x, std::chars_format::fixed, 15);
  std::from_chars(text.data(), written.ptr, x);
  return x;
}

}  // namespace detail

/// `picture` seen through `matrix`, of the picture's size. Points outside of the picture give `fill`. Throws Error unless the six numbers are finite, smaller
/// than 2^31.
inline Image affine(const Image& picture, const Matrix& matrix, Filter filter, const Colour& fill) {
  for (const double number : matrix) require(std::abs(number) < 0x1p31, "affine: wanted numbers of a size below 2^31, found ", number);
  Image out(picture.height, picture.width, picture.channels);
  const Index channels = picture.channels;
  fill_pixels(out, fill.data());
  if (filter == Filter::nearest) {
    detail::nearest_places(out.height, out.width, matrix, [&](Index y, Index x, Index from_y, Index from_x) {
      copy_pixel(picture.row(from_y) + from_x * channels, picture.channels, out.row(y) + x * channels);
    });
    return out;
  }
  const double rows = static_cast<double>(picture.height), columns = static_cast<double>(picture.width);
  for (Index y = 0; y < out.height; ++y) {
    const double at_y = static_cast<double>(y) + 0.5, across = rounded(matrix[1] * at_y), down = rounded(matrix[4] * at_y);
    std::uint8_t* to = out.row(y);
    for (Index x = 0; x < out.width; ++x, to += channels) {
      const double at_x = static_cast<double>(x) + 0.5;
      const double from_x = rounded(matrix[0] * at_x) + across + matrix[2], from_y = rounded(matrix[3] * at_x) + down + matrix[5];
      if (from_x < 0 || from_x >= columns || from_y < 0 || from_y >= rows) continue;
      if (filter == Filter::bilinear)
        detail::between_pixels<2>(picture, from_x, from_y, to);
      else
        detail::between_pixels<4>(picture, from_x, from_y, to);
    }
  }
  return out;
}

/// Turns the picture counter-clockwise about its middle (W / 2, H / 2); the size stays. Multiples of 180 degrees, and of 90 where H = W, move pixels and need
/// no filter. Throws Error unless `degrees` is finite.
inline Image rotate(const Image& picture, double degrees, Filter filter, const Colour& fill) {
  require(std::isfinite(degrees), "rotate: wanted finite degrees, found ", degrees);
  double angle = std::fmod(degrees, 360);
  if (angle < 0) angle += 360;
  if (angle == 0) return picture;
  const bool quarter = (angle == 90 || angle == 270) && picture.height == picture.width;
  if (angle == 180 || quarter) {
    Image out(picture.height, picture.width, picture.channels);
    for (Index y = 0; y < out.height; ++y)
      for (Index x = 0; x < out.width; ++x) {
        const Index from_y = angle == 180 ? out.height - 1 - y : angle == 90 ? x : out.height - 1 - x;
        const Index from_x = angle == 180 ? out.width - 1 - x : angle == 90 ? out.width - 1 - y : y;
        copy_pixel(picture.row(from_y) + from_x * picture.channels, picture.channels, out.row(y) + x * picture.channels);
      }
    return out;
  }
  const double radians = -(angle * (std::numbers::pi / 180));
  const double c = detail::round15(std::cos(radians)), s = detail::round15(std::sin(radians)), minus_s = detail::round15(-std::sin(radians));
  const double x = static_cast<double>(picture.width) / 2, y = static_cast<double>(picture.height) / 2;
  const double offset_x = rounded(c * -x) + rounded(s * -y) + x, offset_y = rounded(minus_s * -x) + rounded(c * -y) + y;
  return affine(picture, {c, s, offset_x, minus_s, c, offset_y}, filter, fill);
}

}  // namespace adatape::image::pillow
