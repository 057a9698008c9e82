#pragma once
/// A picture inside a page.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "adatape/image/png_writer.hpp"

namespace adatape::examples {

/// Base64 with padding (RFC 4648, section 4).
inline std::string base64(std::span<const std::byte> bytes) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t count = std::min<std::size_t>(bytes.size() - at, 3);
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i) group = group << 8 | (i < count ? std::to_integer<std::uint32_t>(bytes[at + i]) : 0);
    for (std::size_t i = 0; i < 4; ++i) out += i <= count ? digits[group >> (18 - 6 * i) & 63] : '=';
  }
  return out;
}

/// The address of a PNG that is in the address itself (RFC 2397). Throws Error as image::encode_png does.
inline std::string data_uri(const image::Image& image) { return "data:image/png;base64," + base64(image::encode_png(image, "report")); }

}  // namespace adatape::examples
