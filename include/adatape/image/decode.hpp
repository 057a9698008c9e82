#pragma once
/// Pictures from JPEG and PNG, through libjpeg and libpng. The bytes say which one it is, never the name of a file.
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "adatape/image/format.hpp"
#include "adatape/image/jpeg_decoder.hpp"
#include "adatape/image/png_decoder.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::image {

namespace detail {

inline void check_options(const DecodeOptions& options) {
  require(options.channels == 1 || options.channels == 3, "DecodeOptions: wanted 1 or 3 channels, found ", options.channels);
  require(options.max_pixels >= 1, "DecodeOptions: wanted max_pixels of at least 1, found ", options.max_pixels);
}

/// Pixels take at most 8 bytes in a file; 16 MiB are for what else is in it.
inline std::vector<std::uint8_t> read_picture_bytes(const std::filesystem::path& path, const DecodeOptions& options) {
  io::InputFile file(path);
  const auto most_pixels = static_cast<std::uint64_t>(std::min(options.max_pixels, kLargestSide * kLargestSide));
  const auto limit = (std::uint64_t{1} << 24) + 8 * most_pixels;
  require(file.size() <= limit, file.path(), ": ", file.size(), " bytes, wanted at most ", limit, " for a picture of ", most_pixels, " pixels");
  std::vector<std::uint8_t> bytes(file.size());
  file.read(std::as_writable_bytes(std::span(bytes)));
  file.require_unchanged();
  return bytes;
}

}  // namespace detail

/// The picture that a JPEG or PNG file of the content `bytes` holds, of options.channels channels; DecodeOptions says how colours become them.
/// - JPEG of 1, 3 or 4 components (grey, YCbCr, RGB; CMYK and YCCK, which are taken as inverted), sequential or progressive; PNG of every colour type and
///   depth.
/// - Gamma and colour profiles are not applied. EXIF orientation is, on request: from the first Exif segment of a JPEG, from the eXIf chunk of a PNG, and from
///   nowhere else.
/// - Throws Error, one line that begins with `where`, for no bytes, another format, a picture above the limits, and whatever else may be wrong. A file that
///   ends early is an error, and so is one that the libraries read with a warning of damage, unless options.accept_damage. Stray bytes before a marker of a
///   JPEG are no error. Without accept_damage there is no partial result.
/// - The sizes in the header are checked before memory for pixels is taken. Throws std::bad_alloc where there is no memory.
/// Many threads may call it at once.
inline Image decode(std::span<const std::uint8_t> bytes, const std::string& where, const DecodeOptions& options = {}) {
  detail::check_options(options);
  require(!bytes.empty(), where, ": wanted a JPEG or PNG picture, found no bytes");
  const Format format = format_of(bytes);
  if (format == Format::jpeg) return detail::JpegDecoder(where, bytes, options).decode();
  if (format == Format::png) return detail::PngDecoder(where, bytes, options).decode();
  require(false, where, ": wanted a JPEG or PNG picture, found ", format_name(format));
  return {};
}

/// decode() of the file `path`, which messages begin with. Throws Error as decode() does, if the file cannot be read, is no regular file or changes while it is
/// being read, and if it is larger than any picture of options.max_pixels pixels need be.
inline Image read_image(const std::filesystem::path& path, const DecodeOptions& options = {}) {
  detail::check_options(options);
  return decode(detail::read_picture_bytes(path, options), path.string(), options);
}

}  // namespace adatape::image
