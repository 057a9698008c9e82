#include "image_codec.hpp"

#include <png.h>

#include <array>
#include <csetjmp>
#include <cstdio>
#include <memory>
// libjpeg's header needs FILE from <cstdio> above it.
#include <jpeglib.h>

#include "adatape/io/file.hpp"

namespace adatape::examples {

namespace {

constexpr Index kLargestSide = 1 << 15;

std::vector<std::uint8_t> read_bytes(const std::filesystem::path& path) {
  io::InputFile file(path);
  require(file.size() < (std::size_t{1} << 30), file.path(), ": larger than any image that this program reads");
  std::vector<std::uint8_t> bytes(file.size());
  file.read(std::as_writable_bytes(std::span(bytes)));
  return bytes;
}

void check_size(const std::string& where, Index height, Index width) {
  const bool supported = height > 0 && width > 0 && height <= kLargestSide && width <= kLargestSide;
  require(supported, where, ": images of ", width, " x ", height, " pixels are not supported");
}

GreyImage read_png(const std::string& where, std::span<const std::uint8_t> bytes) {
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  const std::unique_ptr<png_image, decltype(&png_image_free)> owner(&png, png_image_free);
  require(png_image_begin_read_from_memory(&png, bytes.data(), bytes.size()) != 0, where, ": damaged PNG: ", png.message);
  png.format = PNG_FORMAT_GRAY;
  check_size(where, png.height, png.width);
  GreyImage image{png.height, png.width, std::vector<std::uint8_t>(PNG_IMAGE_SIZE(png))};
  const png_color black{0, 0, 0};
  require(png_image_finish_read(&png, &black, image.pixels.data(), 0, nullptr) != 0, where, ": damaged PNG: ", png.message);
  return image;
}

/// libjpeg reports errors by a call that must not return.
struct JpegFailure {
  jpeg_error_mgr manager;  // first, so that libjpeg's pointer to it is a pointer to this
  std::jmp_buf place;
  std::array<char, JMSG_LENGTH_MAX> message{};
};

/// Runs one stage of decoding. False if libjpeg gives up, which leaves by longjmp: no stage holds objects with destructors.
template <class Stage>
bool attempt(JpegFailure& failure, const Stage& stage) {
  if (setjmp(failure.place) != 0) return false;
  stage();
  return true;
}

void start_jpeg(jpeg_decompress_struct& jpeg, std::span<const std::uint8_t> bytes) {
  jpeg_create_decompress(&jpeg);
  jpeg_mem_src(&jpeg, bytes.data(), static_cast<unsigned long>(bytes.size()));
  jpeg_read_header(&jpeg, TRUE);
  jpeg.out_color_space = JCS_GRAYSCALE;
  jpeg_start_decompress(&jpeg);
}

void finish_jpeg(jpeg_decompress_struct& jpeg, GreyImage& image) {
  while (jpeg.output_scanline < jpeg.output_height) {
    JSAMPROW row = image.pixels.data() + std::size_t{jpeg.output_scanline} * jpeg.output_width;
    jpeg_read_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_decompress(&jpeg);
}

GreyImage read_jpeg(const std::string& where, std::span<const std::uint8_t> bytes) {
  jpeg_decompress_struct jpeg{};
  JpegFailure failure{};
  jpeg.err = jpeg_std_error(&failure.manager);
  failure.manager.error_exit = [](j_common_ptr common) {
    auto* failed = reinterpret_cast<JpegFailure*>(common->err);
    common->err->format_message(common, failed->message.data());
    std::longjmp(failed->place, 1);
  };
  // A warning means that data are missing or damaged.
  failure.manager.emit_message = [](j_common_ptr common, int level) {
    if (level < 0) common->err->error_exit(common);
  };
  const std::unique_ptr<jpeg_decompress_struct, decltype(&jpeg_destroy_decompress)> owner(&jpeg, jpeg_destroy_decompress);
  require(attempt(failure, [&] { start_jpeg(jpeg, bytes); }), where, ": damaged or unsupported JPEG: ", failure.message.data());
  const Index height = static_cast<Index>(jpeg.output_height), width = static_cast<Index>(jpeg.output_width);
  check_size(where, height, width);
  GreyImage image{height, width, std::vector<std::uint8_t>(static_cast<std::size_t>(height * width))};
  require(attempt(failure, [&] { finish_jpeg(jpeg, image); }), where, ": damaged JPEG: ", failure.message.data());
  return image;
}

}  // namespace

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

GreyImage read_image(const std::filesystem::path& path, ImageFormat format) {
  const auto bytes = read_bytes(path);
  return format == ImageFormat::png ? read_png(path.string(), bytes) : read_jpeg(path.string(), bytes);
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
