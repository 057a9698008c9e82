#pragma once
/// PNG of every colour type and depth to grey or RGB, through libpng.
#include <png.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "adatape/image/colour_model.hpp"
#include "adatape/image/decode_options.hpp"
#include "adatape/image/exif.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::image::detail {

/// One PNG file in memory, which must live as long as this object, as must `where` and the options. For one call of decode(). libpng reports errors by longjmp
/// to `png_jmpbuf`: no function that it can leave so holds objects with destructors.
class PngDecoder {
 public:
  PngDecoder(const std::string& where, std::span<const std::uint8_t> bytes, const DecodeOptions& options) : where_(where), left_(bytes), options_(options) {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, fail, [](png_structp, png_const_charp) {});
    require(png_ != nullptr, where_, ": no memory for a PNG");
    info_ = png_create_info_struct(png_);
  }
  ~PngDecoder() { png_destroy_read_struct(&png_, &info_, nullptr); }
  PngDecoder(const PngDecoder&) = delete;
  PngDecoder& operator=(const PngDecoder&) = delete;

  /// Throws Error whose text begins with `where` for whatever the file may have wrong.
  Image decode() {
    check_header();
    check_chunks();
    require(info_ != nullptr && start(), where_, ": damaged PNG: ", message_.data());
    const Index height = png_get_image_height(png_, info_), width = png_get_image_width(png_, info_);
    check_picture_size(where_, height, width, options_);
    row_bytes_ = png_get_rowbytes(png_, info_);
    channels_ = png_get_channels(png_, info_);
    Image image(height, width, options_.channels);
    if (rows_ == Rows::wanted)
      require(row_bytes_ == static_cast<std::size_t>(image.row_size()), where_, ": unsupported PNG: rows of ", row_bytes_, " bytes");
    else  // The passes of an interlaced file fill one buffer; else a row is enough.
      buffer_.resize(row_bytes_ * (passes_ > 1 ? static_cast<std::size_t>(height) : 1));
    require(read(image), where_, ": damaged PNG: ", message_.data());
    buffer_ = {};  // before another picture is made
    return upright(std::move(image), orientation_);
  }

 private:
  /// What libpng writes: rows as they are wanted, or such that are turned into them.
  enum class Rows : std::uint8_t { wanted, colours, indices, grey_16 };

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
    options_.channels == 1 ? ask_for_grey() : ask_for_rgb();
    passes_ = png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
    return true;
  }

  void ask_for_grey() {
    png_set_expand(png_);    // a palette to RGB, fewer than 8 bits to 8, a transparent colour to alpha
    png_set_scale_16(png_);  // 65535 to 255, rounded
    const bool has_alpha = png_get_valid(png_, info_, PNG_INFO_tRNS) != 0;
    rows_ = png_get_color_type(png_, info_) == PNG_COLOR_TYPE_GRAY && !has_alpha ? Rows::wanted : Rows::colours;
  }

  void ask_for_rgb() {
    const auto type = png_get_color_type(png_, info_);
    if (type == PNG_COLOR_TYPE_PALETTE) {
      png_set_packing(png_);  // one index a byte
      read_palette();
      rows_ = Rows::indices;
    } else if (type == PNG_COLOR_TYPE_GRAY && png_get_bit_depth(png_, info_) == 16) {
      rows_ = Rows::grey_16;
    } else {
      png_set_strip_16(png_);  // the high byte
      png_set_strip_alpha(png_);
      png_set_gray_to_rgb(png_);  // fewer than 8 bits to 8
    }
  }

  void read_palette() {
    png_colorp colours = nullptr;
    int count = 0;
    if (png_get_PLTE(png_, info_, &colours, &count) == 0) return;
    for (std::size_t i = 0; i < std::min(palette_.size(), static_cast<std::size_t>(count)); ++i)
      palette_[i] = {colours[i].red, colours[i].green, colours[i].blue};
  }

  void convert(std::span<const std::uint8_t> row, std::uint8_t* to) const {
    if (rows_ == Rows::colours) grey_row(row, channels_, options_.background, to);
    if (rows_ == Rows::indices) rgb_row_of_indices(row, palette_, to);
    if (rows_ == Rows::grey_16) rgb_row_of_grey_16(row, to);
  }

  bool read(Image& image) {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    for (int pass = 0; pass < passes_; ++pass)
      for (Index y = 0; y < image.height; ++y) {
        auto* row = rows_ == Rows::wanted ? image.row(y) : buffer_.data() + (passes_ > 1 ? static_cast<std::size_t>(y) * row_bytes_ : 0);
        png_read_row(png_, row, nullptr);
        if (pass + 1 == passes_ && rows_ != Rows::wanted) convert({row, row_bytes_}, image.row(y));
      }
    png_read_end(png_, info_);
    png_uint_32 size = 0;
    png_bytep exif = nullptr;
    if (options_.exif_orientation && png_get_eXIf_1(png_, info_, &size, &exif) != 0) orientation_ = image::exif_orientation({exif, size});
    return true;
  }

  const std::string& where_;
  std::span<const std::uint8_t> left_;
  const DecodeOptions& options_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  int passes_ = 1, orientation_ = 1;
  std::size_t row_bytes_ = 0;
  unsigned channels_ = 1;
  Rows rows_ = Rows::wanted;
  Palette palette_ = grey_palette();
  std::vector<std::uint8_t> buffer_;  ///< a row, or all rows of an interlaced file; empty for rows as they are wanted
  std::array<char, 200> message_{};
};

}  // namespace adatape::image::detail
