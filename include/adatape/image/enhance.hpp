#pragma once
/// Operations that blend a picture with a degenerate form of it: color, contrast and brightness (sharpness.hpp has the fourth). The blend is the same in
/// TensorFlow (scenic's autoaugment.py) and Pillow (ImageEnhance). Degenerate forms differ.
#include "adatape/image/colour.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::image {

/// a + f (b - a) in float32, cut to a byte: `a` for f = 0, `b` for f = 1, clipped to 0 .. 255 for f outside of [0, 1]. Throws Error unless the pictures have
/// one shape and f is finite.
inline Image blend(const Image& a, Image b, float f) {
  require(a.height == b.height && a.width == b.width && a.channels == b.channels, "blend: wanted two pictures of one shape, found ", a.height, " x ", a.width,
          " x ", a.channels, " and ", b.height, " x ", b.width, " x ", b.channels);
  require(std::isfinite(f), "blend: wanted a finite factor, found ", f);
  std::array<float, 256> parts;  // f (b - a) of the values that are in work
  const std::uint8_t* from = a.values.data();
  std::uint8_t* to = b.values.data();
  for (std::size_t begin = 0, size = b.values.size(); begin < size; begin += parts.size(), from += parts.size(), to += parts.size()) {
    const std::size_t count = std::min(parts.size(), size - begin);
    for (std::size_t i = 0; i < count; ++i) parts[i] = static_cast<float>(to[i] - from[i]) * f;
    keep_products(parts.data());
    for (std::size_t i = 0; i < count; ++i) {
      const float mixed = static_cast<float>(from[i]) + parts[i];
      to[i] = static_cast<std::uint8_t>(static_cast<std::int32_t>(std::min(std::max(mixed, 0.0f), 255.0f)));
    }
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
  if (picture.channels == 1) return picture;
  std::uint8_t *pixel = picture.values.data(), *end = pixel + picture.values.size();
  for (; pixel != end; pixel += 3) pixel[0] = pixel[1] = pixel[2] = grey(pixel[0], pixel[1], pixel[2]);
  return picture;
}

}  // namespace detail

/// Darker (f < 1) or brighter: blend(black, picture, f).
inline Image brightness(Image picture, float f) { return detail::blend_with(0, std::move(picture), f); }

namespace tensorflow {

/// tf.image.rgb_to_grayscale: trunc(255.5 (0.2989 r + 0.587 g + 0.114 b)), r, g, b the bytes times 1 / 255, in float32.
class Grey {
 public:
  Grey() {
    constexpr float weights[] = {0.2989f, 0.587f, 0.114f};
    for (std::size_t c = 0; c < 3; ++c)
      for (std::size_t v = 0; v < 256; ++v) parts_[c][v] = rounded(static_cast<float>(v) * (1.0f / 255)) * weights[c];
  }
  /// The grey value of a pixel.
  std::uint8_t operator()(std::uint8_t red, std::uint8_t green, std::uint8_t blue) const {
    return static_cast<std::uint8_t>(static_cast<std::int32_t>((parts_[0][red] + parts_[1][green] + parts_[2][blue]) * 255.5f));
  }

 private:
  std::array<std::array<float, 256>, 3> parts_{};
};

namespace detail {
inline void require_colour(const char* what, const Image& picture) {
  require(picture.channels == 3, what, ": wanted a picture with 3 channels, found ", picture.channels);
}
}  // namespace detail

/// Less (f < 1) or more colour: blend(grey, picture, f). Throws Error for a grey picture.
inline Image color(const Image& picture, float f) {
  detail::require_colour("color", picture);
  return blend(image::detail::to_grey(picture, Grey()), picture, f);
}

/// blend(c, picture, f). c = trunc(min(H W / 256, 255)): scenic means the mean grey value, and divides the sum of the histogram, H W, by its 256 bins.
/// Throws Error for a grey picture.
inline Image contrast(Image picture, float f) {
  detail::require_colour("contrast", picture);
  const int level = static_cast<int>(std::min<Index>(picture.height * picture.width / 256, 255));
  return image::detail::blend_with(level, std::move(picture), f);
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

}  // namespace pillow

}  // namespace adatape::image
