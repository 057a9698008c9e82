#pragma once
/// A picture in memory: rectangles and text.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <vector>

#include "adatape/image/image.hpp"
#include "font.hpp"

namespace adatape::examples {

struct Colour {
  std::uint8_t red = 0, green = 0, blue = 0;
};

inline constexpr Colour grey(std::uint8_t level) { return {level, level, level}; }

/// b's share `amount` in a mix with a.
inline Colour mix(Colour a, Colour b, double amount) {
  const auto channel = [&](std::uint8_t from, std::uint8_t to) { return static_cast<std::uint8_t>(std::lround(from + amount * (to - from))); };
  return {channel(a.red, b.red), channel(a.green, b.green), channel(a.blue, b.blue)};
}

class Canvas {
 public:
  Canvas(Index height, Index width, Colour background)
      : height_(height), width_(width), pixels_(static_cast<std::size_t>(height * width), background) {}

  Index height() const { return height_; }
  Index width() const { return width_; }

  /// What lies outside of the canvas is not drawn.
  void fill(Index top, Index left, Index height, Index width, Colour colour, double opacity = 1) {
    for (Index y = std::max<Index>(top, 0); y < std::min(top + height, height_); ++y)
      for (Index x = std::max<Index>(left, 0); x < std::min(left + width, width_); ++x) {
        auto& pixel = pixels_[static_cast<std::size_t>(y * width_ + x)];
        pixel = mix(pixel, colour, opacity);
      }
  }

  /// A frame inside the rectangle.
  void frame(Index top, Index left, Index height, Index width, Index line, Colour colour, double opacity = 1) {
    fill(top, left, line, width, colour, opacity);
    fill(top + height - line, left, line, width, colour, opacity);
    fill(top + line, left, height - 2 * line, line, colour, opacity);
    fill(top + line, left + width - line, height - 2 * line, line, colour, opacity);
  }

  static Index text_width(std::string_view text, Index scale) { return static_cast<Index>(text.size()) * kGlyphAdvance * scale - scale; }

  void text(Index top, Index left, std::string_view text, Index scale, Colour colour) {
    for (char c : text) {
      const auto& columns = glyph(c);
      for (Index x = 0; x < kGlyphWidth; ++x)
        for (Index y = 0; y < kGlyphHeight; ++y)
          if ((columns[static_cast<std::size_t>(x)] >> y & 1) != 0) fill(top + y * scale, left + x * scale, scale, scale, colour);
      left += kGlyphAdvance * scale;
    }
  }

  /// In RGB. Throws Error for a canvas without pixels.
  image::Image picture() const {
    image::Image out(height_, width_, 3);
    auto* to = out.values.data();
    for (const auto& pixel : pixels_)
      for (const std::uint8_t value : {pixel.red, pixel.green, pixel.blue}) *to++ = value;
    return out;
  }

 private:
  Index height_, width_;
  std::vector<Colour> pixels_;
};

}  // namespace adatape::examples
