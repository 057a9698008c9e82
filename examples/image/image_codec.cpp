#include "image_codec.hpp"

#include <array>

#include "adatape/io/file.hpp"
#include "jpeg_decoder.hpp"
#include "png_decoder.hpp"

namespace adatape::examples {

namespace {

/// Pixels take at most 8 bytes in a file; 16 MiB are for what else is in it.
std::vector<std::uint8_t> read_bytes(const std::filesystem::path& path, const PictureOptions& options) {
  io::InputFile file(path);
  const auto limit = (std::uint64_t{1} << 24) + 8 * static_cast<std::uint64_t>(options.max_pixels);
  require(file.size() <= limit, file.path(), ": ", file.size(), " bytes, wanted at most ", limit, " for a picture of ", options.max_pixels, " pixels");
  std::vector<std::uint8_t> bytes(file.size());
  file.read(std::as_writable_bytes(std::span(bytes)));
  return bytes;
}

}  // namespace

void check_picture_size(const std::string& where, Index height, Index width, const PictureOptions& options) {
  require(height > 0 && width > 0 && height <= kLargestSide && width <= kLargestSide, where, ": pictures of ", width, " x ", height,
          " pixels are not supported");
  require(height * width <= options.max_pixels, where, ": wanted at most ", options.max_pixels, " pixels (--max-pixels), found ", width, " x ", height);
}

ImageFormat image_format(const std::filesystem::path& path) {
  io::InputFile file(path);
  std::array<std::uint8_t, 4> start{};
  if (file.size() < start.size()) return ImageFormat::unknown;
  file.read(std::as_writable_bytes(std::span(start)));
  if (start == std::array<std::uint8_t, 4>{0x89, 'P', 'N', 'G'}) return ImageFormat::png;
  if (start[0] == 0xff && start[1] == 0xd8 && start[2] == 0xff) return ImageFormat::jpeg;
  if ((start[0] == 0 && start[1] == 0) || (start[0] == 0x1f && start[1] == 0x8b)) return ImageFormat::idx;
  return ImageFormat::unknown;
}

GreyImage read_image(const std::filesystem::path& path, ImageFormat format, const PictureOptions& options) {
  const auto bytes = read_bytes(path, options);
  const auto where = path.string();
  return format == ImageFormat::png ? PngDecoder(where, bytes, options).decode() : JpegDecoder(where, bytes, options).decode();
}

void write_png(const std::filesystem::path& path, Index height, Index width, std::span<const std::uint8_t> rgb) {
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  png.format = PNG_FORMAT_RGB;
  png.height = static_cast<png_uint_32>(height);
  png.width = static_cast<png_uint_32>(width);
  std::vector<std::byte> bytes(PNG_IMAGE_PNG_SIZE_MAX(png));
  png_alloc_size_t size = bytes.size();
  require(png_image_write_to_memory(&png, bytes.data(), &size, 0, rgb.data(), 0, nullptr) != 0, path.string(),
          ": cannot encode as PNG: ", png.message);
  io::AtomicFile file(path);
  file.write(std::span(bytes).first(size));
  file.commit();
}

}  // namespace adatape::examples
