#pragma once
/// Pillow's affine transform and rotation of pictures, with Pillow's bits (Geometry.c, Image.rotate).
#include <array>
#include <charconv>
#include <cmath>
#include <numbers>

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

/// Channel c of the picture at (x, y), 0 <= x < W, 0 <= y < H: between 2 x 2 or 4 x 4 pixels, columns outside taken from the border, rows below the picture
/// from the row above them.
inline std::uint8_t between_pixels(const Image& picture, double x, double y, int c, Filter filter) {
  x -= 0.5;
  y -= 0.5;
  const double floor_x = std::floor(x), floor_y = std::floor(y), dx = x - floor_x, dy = y - floor_y;
  const Index around = filter == Filter::bilinear ? 2 : 4, left = static_cast<Index>(floor_x) - around / 2 + 1,
              top = static_cast<Index>(floor_y) - around / 2 + 1;
  std::array<double, 4> rows{};
  for (Index i = 0; i < around; ++i) {
    auto& row = rows[static_cast<std::size_t>(i)];
    if (i > 0 && (top + i < 0 || top + i >= picture.height)) {
      row = rows[static_cast<std::size_t>(i - 1)];
      continue;
    }
    const std::uint8_t* in = picture.row(std::clamp<Index>(top + i, 0, picture.height - 1)) + c;
    const auto value = [&](Index j) { return static_cast<double>(in[std::clamp<Index>(left + j, 0, picture.width - 1) * picture.channels]); };
    row = around == 2 ? interpolate(value(0), value(1), dx) : cubic_between(value(0), value(1), value(2), value(3), dx);
  }
  if (around == 2) return static_cast<std::uint8_t>(interpolate(rows[0], rows[1], dy));
  return static_cast<std::uint8_t>(std::clamp(cubic_between(rows[0], rows[1], rows[2], rows[3], dy), 0.0, 255.0));
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
  for (std::size_t i = 0; i < out.values.size(); ++i) out.values[i] = fill[i % static_cast<std::size_t>(channels)];
  if (filter == Filter::nearest) {
    detail::nearest_places(out.height, out.width, matrix, [&](Index y, Index x, Index from_y, Index from_x) {
      std::copy_n(picture.row(from_y) + from_x * channels, channels, out.row(y) + x * channels);
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
      for (int c = 0; c < picture.channels; ++c) to[c] = detail::between_pixels(picture, from_x, from_y, c, filter);
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
        std::copy_n(picture.row(from_y) + from_x * picture.channels, picture.channels, out.row(y) + x * picture.channels);
      }
    return out;
  }
  const double radians = -(angle * (std::numbers::pi / 180));
  const double c = detail::round15(std::cos(radians)), s = detail::round15(std::sin(radians)), minus_s = detail::round15(-std::sin(radians));
  const double x = static_cast<double>(picture.width) / 2, y = static_cast<double>(picture.height) / 2;
  const double offset_x = rounded(c * -x) + rounded(s * -y) + x, offset_y = rounded(minus_s * -x) + rounded(c * -y) + y;
  return affine(picture, {c, s, offset_x, minus_s, c, offset_y}, filter, fill);
}

}  // namespace adatape::inline ADATAPE_NAMESPACE::image::pillow
