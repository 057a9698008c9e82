#pragma once
/// What the first bytes of a file say about its format. Names of files say nothing here.
#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

#include "adatape/io/input_file.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::image {

/// heif stands for every ISO media file (HEIF, AVIF, MP4); gzip is what IDX files are often packed with.
enum class Format : std::uint8_t { jpeg, png, bmp, pnm, webp, tiff, gif, heif, idx, gzip, unknown };

/// The format that the first bytes of a file state. 12 bytes are enough; with fewer, and with none, the answer may be unknown.
/// A PNG whose signature is damaged behind "PNG" counts as PNG, so that the decoder can say what is wrong with it.
inline Format format_of(std::span<const std::uint8_t> bytes) {
  const auto has = [&](std::size_t at, std::string_view text) {
    return bytes.size() >= at + text.size() && std::equal(text.begin(), text.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at),
                                                          [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
  };
  const auto byte = [&](std::size_t at) -> unsigned { return at < bytes.size() ? bytes[at] : 0; };
  if (has(0, "\xff\xd8\xff")) return Format::jpeg;
  if (has(0, "\x89PNG")) return Format::png;
  if (has(0, "BM")) return Format::bmp;
  if (byte(0) == 'P' && byte(1) >= '1' && byte(1) <= '6' && (byte(2) == '#' || byte(2) == ' ' || (byte(2) >= '\t' && byte(2) <= '\r'))) return Format::pnm;
  if (has(0, "RIFF") && has(8, "WEBP")) return Format::webp;
  using namespace std::string_view_literals;
  if (has(0, "II*\0"sv) || has(0, "MM\0*"sv) || has(0, "II+\0"sv) || has(0, "MM\0+"sv)) return Format::tiff;
  if (has(0, "GIF8")) return Format::gif;
  if (has(4, "ftyp")) return Format::heif;
  // IDX: 0, 0, the type of an element, the number of dimensions.
  constexpr std::array<unsigned, 6> idx_types{0x08, 0x09, 0x0b, 0x0c, 0x0d, 0x0e};
  if (bytes.size() >= 4 && byte(0) == 0 && byte(1) == 0 && std::ranges::find(idx_types, byte(2)) != idx_types.end()) return Format::idx;
  return has(0, "\x1f\x8b") ? Format::gzip : Format::unknown;
}

/// For messages: "found " and this.
constexpr std::string_view format_name(Format format) {
  switch (format) {
    case Format::jpeg:
      return "JPEG";
    case Format::png:
      return "PNG";
    case Format::bmp:
      return "BMP";
    case Format::pnm:
      return "PNM";
    case Format::webp:
      return "WebP";
    case Format::tiff:
      return "TIFF";
    case Format::gif:
      return "GIF";
    case Format::heif:
      return "HEIF or another ISO media file";
    case Format::idx:
      return "IDX";
    case Format::gzip:
      return "gzip";
    case Format::unknown:
      break;
  }
  return "something else";
}

/// The format of the file `path`. Throws Error as io::InputFile does; an empty file is unknown.
inline Format read_format(const std::filesystem::path& path) {
  io::InputFile file(path);
  std::array<std::uint8_t, 12> start{};
  const auto first = std::span(start).first(std::min(start.size(), file.size()));
  file.read(std::as_writable_bytes(first));
  return format_of(first);
}

}  // namespace adatape::image
