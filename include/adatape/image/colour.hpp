#pragma once
/// Operations that give every value of a channel a new value: one table of 256 bytes a channel. TensorFlow's (scenic's autoaugment.py) and Pillow's (ImageOps)
/// agree but for autocontrast, whose table is computed in float32 and in double. All take a picture by value, work in place and return it.
#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "adatape/image/image.hpp"
#include "adatape/image/rounded.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::image {

namespace detail {

using Table = std::array<std::uint8_t, 256>;
using Histogram = std::array<Index, 256>;

/// values[channel, channel + channels, ..] = table[values[..]]
inline void apply(const Table& table, Image& picture, Index channel) {
  std::uint8_t* values = picture.values.data();
  for (Index i = channel, size = std::ssize(picture.values), step = picture.channels; i < size; i += step) values[i] = table[values[i]];
}

/// Gives every value v the value new_value(v), which is cut to a byte.
template <class NewValue>
Image map_values(Image picture, const NewValue& new_value) {
  Table table{};
  for (int v = 0; v < 256; ++v) table[static_cast<std::size_t>(v)] = static_cast<std::uint8_t>(std::clamp<int>(new_value(v), 0, 255));
  std::uint8_t* values = picture.values.data();
  for (Index i = 0, size = std::ssize(picture.values); i < size; ++i) values[i] = table[values[i]];
  return picture;
}

/// As map_values, for a new_value of integer operations: it is computed for each value, which is faster than a table because the loop is vectorised.
template <class NewValue>
Image compute_values(Image picture, const NewValue& new_value) {
  std::uint8_t* values = picture.values.data();
  for (Index i = 0, size = std::ssize(picture.values); i < size; ++i) values[i] = static_cast<std::uint8_t>(std::clamp<int>(new_value(values[i]), 0, 255));
  return picture;
}

inline Histogram histogram(const Image& picture, Index channel) {
  Histogram counts{};
  for (Index i = channel; i < std::ssize(picture.values); i += picture.channels) ++counts[picture.values[static_cast<std::size_t>(i)]];
  return counts;
}

/// trunc(clip(v scale + offset, 0, 255)) with scale = 255 / (hi - lo) and offset = -lo scale in T, lo and hi of each channel. A channel of one value stays.
template <class T>
Image autocontrast(Image picture) {
  for (Index channel = 0; channel < picture.channels; ++channel) {
    const Histogram counts = histogram(picture, channel);
    int lo = 0, hi = 255;
    while (counts[static_cast<std::size_t>(lo)] == 0) ++lo;
    while (counts[static_cast<std::size_t>(hi)] == 0) --hi;
    if (hi == lo) continue;
    const T scale = T(255) / static_cast<T>(hi - lo), offset = static_cast<T>(-lo) * scale;
    Table table{};
    for (std::size_t v = 0; v < 256; ++v)
      table[v] = static_cast<std::uint8_t>(std::clamp<T>(rounded(static_cast<T>(v) * scale) + rounded(offset), T(0), T(255)));
    apply(table, picture, channel);
  }
  return picture;
}

}  // namespace detail

namespace tensorflow {
/// Stretches each channel to 0 .. 255, in float32.
inline Image autocontrast(Image picture) { return image::detail::autocontrast<float>(std::move(picture)); }
}  // namespace tensorflow

namespace pillow {
/// Stretches each channel to 0 .. 255, in double (ImageOps.autocontrast without cutoff).
inline Image autocontrast(Image picture) { return image::detail::autocontrast<double>(std::move(picture)); }
}  // namespace pillow

/// For each channel with counts h: step = (sum of h - h of the largest value that occurs) div 255. A channel with step 0 stays. Else v becomes
/// min(255, (step div 2 + sum of h below v) div step).
inline Image equalize(Image picture) {
  for (Index channel = 0; channel < picture.channels; ++channel) {
    const auto counts = detail::histogram(picture, channel);
    std::size_t last = 255;
    while (counts[last] == 0) --last;
    const Index step = (picture.height * picture.width - counts[last]) / 255;
    if (step == 0) continue;
    detail::Table table{};
    Index sum = step / 2;
    for (std::size_t v = 0; v < 256; ++v) {
      table[v] = static_cast<std::uint8_t>(std::min<Index>(sum / step, 255));
      sum += counts[v];
    }
    detail::apply(table, picture, channel);
  }
  return picture;
}

/// 255 - v
inline Image invert(Image picture) {
  return detail::compute_values(std::move(picture), [](int v) { return 255 - v; });
}

/// Keeps the `bits` high bits of each value. Throws Error unless bits is 0 to 8.
inline Image posterize(Image picture, int bits) {
  require(0 <= bits && bits <= 8, "posterize: wanted 0 to 8 bits, found ", bits);
  return detail::compute_values(std::move(picture), [=](int v) { return v >> (8 - bits) << (8 - bits); });
}

/// v for v < threshold, else 255 - v. Throws Error unless threshold is 0 to 256.
inline Image solarize(Image picture, int threshold) {
  require(0 <= threshold && threshold <= 256, "solarize: wanted a threshold of 0 to 256, found ", threshold);
  return detail::compute_values(std::move(picture), [=](int v) { return v < threshold ? v : 255 - v; });
}

/// clip(v + addition, 0, 255) for v < 128, else v.
inline Image solarize_add(Image picture, int addition) {
  addition = std::clamp(addition, -255, 255);  // more changes nothing
  return detail::compute_values(std::move(picture), [=](int v) { return v < 128 ? v + addition : v; });
}

/// Rows row - half .. row + half - 1 and columns column - half .. column + half - 1, as far as they are in the picture, become `fill` (DeVries and Taylor
/// 2017). Throws Error unless (row, column) is in the picture and half is 0 to 2^24.
inline Image cutout(Image picture, Index row, Index column, Index half, std::uint8_t fill = 128) {
  require(0 <= row && row < picture.height && 0 <= column && column < picture.width && 0 <= half && half <= Index{1} << 24,
          "cutout: wanted a centre inside of ", picture.height, " x ", picture.width, " and a half side of at least 0, found ", row, ", ", column, " and ",
          half);
  const Index left = std::max<Index>(column - half, 0), right = std::min(column + half, picture.width);
  for (Index y = std::max<Index>(row - half, 0); y < std::min(row + half, picture.height); ++y)
    std::fill_n(picture.row(y) + left * picture.channels, (right - left) * picture.channels, fill);
  return picture;
}

}  // namespace adatape::image
