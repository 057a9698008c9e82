#pragma once
/// Operations that blend a picture with a degenerate form of it: color, contrast, brightness and sharpness. The blend is the same in TensorFlow (scenic's
/// autoaugment.py) and Pillow (ImageEnhance). Degenerate forms differ.
#include "adatape/image/colour.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::image {

/// a + f (b - a) in float32, cut to a byte: `a` for f = 0, `b` for f = 1, clipped to 0 .. 255 for f outside of [0, 1]. Throws Error unless the pictures have
/// one shape and f is finite.
inline Image blend(const Image& a, Image b, float f) {
  require(a.height == b.height && a.width == b.width && a.channels == b.channels, "blend: wanted two pictures of one shape, found ", a.height, " x ", a.width,
          " x ", a.channels, " and ", b.height, " x ", b.width, " x ", b.channels);
  require(std::isfinite(f), "blend: wanted a finite factor, found ", f);
  for (std::size_t i = 0; i < b.values.size(); ++i) {
    const float mixed = interpolate(static_cast<float>(a.values[i]), static_cast<float>(b.values[i]), f);
    b.values[i] = static_cast<std::uint8_t>(static_cast<std::int32_t>(std::min(std::max(mixed, 0.0f), 255.0f)));
  }
  return b;
}

namespace detail {

/// blend of a picture of the one value `from` with `picture`. Throws Error unless f is finite.
inline Image blend_with(int from, Image picture, float f) {
  require(std::isfinite(f), "blend: wanted a finite factor, found ", f);
  return map_values(std::move(picture),
                    [&](int v) { return static_cast<int>(std::clamp(interpolate(static_cast<float>(from), static_cast<float>(v), f), 0.0f, 255.0f)); });
}

/// The picture whose channels are all grey(red, green, blue). Grey pictures stay.
template <class Grey>
Image to_grey(Image picture, const Grey& grey) {
  if (picture.channels == 3)
    for (std::size_t i = 0; i < picture.values.size(); i += 3) {
      std::uint8_t* pixel = &picture.values[i];
      pixel[0] = pixel[1] = pixel[2] = grey(pixel[0], pixel[1], pixel[2]);
    }
  return picture;
}

/// The picture whose values, but for those of the border of one pixel, are smooth(above, here, below, channels): pointers to the value of the same channel in
/// three rows. Neighbours are `channels` bytes away.
template <class Smooth>
Image smooth_inside(const Image& picture, const Smooth& smooth) {
  Image out = picture;
  const Index channels = picture.channels;
  for (Index y = 1; y + 1 < picture.height; ++y) {
    const std::uint8_t *above = picture.row(y - 1), *here = picture.row(y), *below = picture.row(y + 1);
    std::uint8_t* to = out.row(y);
    for (Index i = channels; i < picture.row_size() - channels; ++i) to[i] = smooth(above + i, here + i, below + i, channels);
  }
  return out;
}

}  // namespace detail

/// Darker (f < 1) or brighter: blend(black, picture, f).
inline Image brightness(Image picture, float f) { return detail::blend_with(0, std::move(picture), f); }

namespace tensorflow {

/// tf.image.rgb_to_grayscale: trunc(255.5 (0.2989 r + 0.587 g + 0.114 b)), r, g, b the bytes times 1 / 255, in float32.
inline std::uint8_t grey(std::uint8_t red, std::uint8_t green, std::uint8_t blue) {
  const auto part = [](std::uint8_t value, float weight) { return rounded(rounded(static_cast<float>(value) * (1.0f / 255)) * weight); };
  return static_cast<std::uint8_t>(static_cast<std::int32_t>((part(red, 0.2989f) + part(green, 0.587f) + part(blue, 0.114f)) * 255.5f));
}

namespace detail {
inline void require_colour(const char* what, const Image& picture) {
  require(picture.channels == 3, what, ": wanted a picture with 3 channels, found ", picture.channels);
}
}  // namespace detail

/// Less (f < 1) or more colour: blend(grey, picture, f). Throws Error for a grey picture.
inline Image color(const Image& picture, float f) {
  detail::require_colour("color", picture);
  return blend(image::detail::to_grey(picture, grey), picture, f);
}

/// blend(c, picture, f). c = trunc(min(H W / 256, 255)): scenic means the mean grey value, and divides the sum of the histogram, H W, by its 256 bins.
/// Throws Error for a grey picture.
inline Image contrast(Image picture, float f) {
  detail::require_colour("contrast", picture);
  const int level = static_cast<int>(std::min<Index>(picture.height * picture.width / 256, 255));
  return image::detail::blend_with(level, std::move(picture), f);
}

/// Softer (f < 1) or sharper: blend(smooth, picture, f), smooth = trunc((1 1 1; 1 5 1; 1 1 1) / 13) in float32, summed row by row. The border stays.
inline Image sharpness(const Image& picture, float f) {
  const auto smooth = [](const std::uint8_t* above, const std::uint8_t* here, const std::uint8_t* below, Index step) {
    const auto part = [](std::uint8_t value, float weight) { return rounded(static_cast<float>(value) * weight); };
    constexpr float beside = 1.0f / 13, middle = 5.0f / 13;
    float sum = part(above[-step], beside) + part(above[0], beside) + part(above[step], beside);
    sum = sum + part(here[-step], beside) + part(here[0], middle) + part(here[step], beside);
    sum = sum + part(below[-step], beside) + part(below[0], beside) + part(below[step], beside);
    return static_cast<std::uint8_t>(static_cast<std::int32_t>(std::min(sum, 255.0f)));
  };
  return blend(image::detail::smooth_inside(picture, smooth), picture, f);
}

}  // namespace tensorflow

namespace pillow {

/// Pillow's L: (19595 r + 38470 g + 7471 b + 2^15) / 2^16.
inline std::uint8_t grey(std::uint8_t red, std::uint8_t green, std::uint8_t blue) {
  return static_cast<std::uint8_t>((19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16);
}

/// Less (f < 1) or more colour: blend(grey, picture, f). A grey picture stays.
inline Image color(const Image& picture, float f) { return blend(image::detail::to_grey(picture, grey), picture, f); }

/// blend(c, picture, f), c = trunc(mean of the grey values + 1/2).
inline Image contrast(const Image& picture, float f) {
  const auto counts = image::detail::histogram(image::detail::to_grey(picture, grey), 0);
  Index sum = 0;
  for (std::size_t v = 0; v < 256; ++v) sum += static_cast<Index>(v) * counts[v];
  const double mean = static_cast<double>(sum) / static_cast<double>(picture.height * picture.width);
  return image::detail::blend_with(static_cast<int>(mean + 0.5), picture, f);
}

/// Softer (f < 1) or sharper: blend(smooth, picture, f), smooth = (1 1 1; 1 5 1; 1 1 1) / 13 rounded to the nearest integer (no half occurs). The border stays.
inline Image sharpness(const Image& picture, float f) {
  const auto smooth = [](const std::uint8_t* above, const std::uint8_t* here, const std::uint8_t* below, Index step) {
    const int around = above[-step] + above[0] + above[step] + here[-step] + here[step] + below[-step] + below[0] + below[step];
    return static_cast<std::uint8_t>((2 * (around + 5 * here[0]) + 13) / 26);
  };
  return blend(image::detail::smooth_inside(picture, smooth), picture, f);
}

}  // namespace pillow

}  // namespace adatape::inline ADATAPE_NAMESPACE::image
