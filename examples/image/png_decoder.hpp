#pragma once
/// PNG of every colour type and depth to grey, through libpng.
#include <png.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <string>

#include "colour_model.hpp"
#include "exif.hpp"
#include "image_codec.hpp"

namespace adatape::examples {

/// One PNG file in memory. libpng reports errors by longjmp to `png_jmpbuf`: no function that it can leave so holds objects with destructors.
class PngDecoder {
 public:
  PngDecoder(const std::string& where, std::span<const std::uint8_t> bytes, const PictureOptions& options)
      : where_(where), left_(bytes), options_(options) {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, fail, [](png_structp, png_const_charp) {});
    require(png_ != nullptr, where_, ": no memory for a PNG");
    info_ = png_create_info_struct(png_);
  }
  ~PngDecoder() { png_destroy_read_struct(&png_, &info_, nullptr); }
  PngDecoder(const PngDecoder&) = delete;
  PngDecoder& operator=(const PngDecoder&) = delete;

  GreyImage decode() {
    check_header();
    check_chunks();
    require(info_ != nullptr && start(), where_, ": damaged PNG: ", message_.data());
    const Index height = png_get_image_height(png_, info_), width = png_get_image_width(png_, info_);
    check_picture_size(where_, height, width, options_);
    row_bytes_ = png_get_rowbytes(png_, info_);
    channels_ = png_get_channels(png_, info_);
    // The passes of an interlaced file fill one buffer; else a row is enough.
    buffer_.resize(row_bytes_ * (passes_ > 1 ? static_cast<std::size_t>(height) : 1));
    GreyImage image{height, width, std::vector<std::uint8_t>(static_cast<std::size_t>(height * width))};
    require(read(image), where_, ": damaged PNG: ", message_.data());
    return options_.exif_orientation ? upright(std::move(image), orientation_) : std::move(image);
  }

 private:
  static void fail(png_structp png, png_const_charp message) {
    auto& text = static_cast<PngDecoder*>(png_get_error_ptr(png))->message_;
    std::strncpy(text.data(), message, text.size() - 1);
    png_longjmp(png, 1);
  }

  static void take(png_structp png, png_bytep to, std::size_t size) {
    auto& left = static_cast<PngDecoder*>(png_get_io_ptr(png))->left_;
    if (size > left.size()) png_error(png, "the file ends too early");
    std::memcpy(to, left.data(), size);
    left = left.subspan(size);
  }

  /// The size is at a fixed place, so that a file that is too large is refused before libpng sees it.
  void check_header() const {
    require(left_.size() >= 33 && std::memcmp(left_.data() + 12, "IHDR", 4) == 0, where_, ": damaged PNG: the header is missing");
    check_picture_size(where_, png_get_uint_32(left_.data() + 20), png_get_uint_32(left_.data() + 16), options_);
  }

  /// libpng 1.6 takes the memory of an eXIf chunk before it reads it, up to 2 GB in a file of 100 bytes. A chunk that reaches past the end is refused first.
  void check_chunks() const {
    constexpr std::size_t signature = 8, head = 8, frame = 12;  // of a chunk: length and type; with its checksum
    for (auto rest = left_.subspan(signature); rest.size() >= head && std::memcmp(rest.data() + 4, "IEND", 4) != 0;) {
      const std::size_t length = png_get_uint_32(rest.data());
      require(rest.size() >= frame && length <= rest.size() - frame, where_, ": damaged PNG: the file ends too early");
      rest = rest.subspan(frame + length);
    }
  }

  bool start() {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    png_set_read_fn(png_, this, take);
    png_set_user_limits(png_, kLargestSide, kLargestSide);
    png_set_chunk_malloc_max(png_, png_alloc_size_t{1} << 22);  // for each chunk that is unpacked or kept
    png_set_chunk_cache_max(png_, 64);
    png_read_info(png_, info_);
    png_set_expand(png_);    // a palette to RGB, fewer than 8 bits to 8, a transparent colour to alpha
    png_set_scale_16(png_);  // 65535 to 255, rounded
    passes_ = png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
    return true;
  }

  bool read(GreyImage& image) {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    const auto width = static_cast<std::size_t>(image.width);
    for (int pass = 0; pass < passes_; ++pass)
      for (std::size_t y = 0; y < static_cast<std::size_t>(image.height); ++y) {
        auto* row = buffer_.data() + (passes_ > 1 ? y * row_bytes_ : 0);
        png_read_row(png_, row, nullptr);
        if (pass + 1 == passes_) grey_row({row, width * channels_}, channels_, options_.background, image.pixels.data() + y * width);
      }
    png_read_end(png_, info_);
    png_uint_32 size = 0;
    png_bytep exif = nullptr;
    if (options_.exif_orientation && png_get_eXIf_1(png_, info_, &size, &exif) != 0) orientation_ = adatape::examples::exif_orientation({exif, size});
    return true;
  }

  const std::string& where_;
  std::span<const std::uint8_t> left_;
  const PictureOptions& options_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  int passes_ = 1, orientation_ = 1;
  std::size_t row_bytes_ = 0;
  unsigned channels_ = 1;
  std::vector<std::uint8_t> buffer_;
  std::array<char, 200> message_{};
};

}  // namespace adatape::examples
