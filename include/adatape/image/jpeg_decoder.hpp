#pragma once
/// JPEG of every colour model to grey or RGB, through libjpeg.
#include <array>
#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>
// libjpeg's headers need FILE from <cstdio> above them.
#include <jerror.h>
#include <jpeglib.h>

#include "adatape/image/colour_model.hpp"
#include "adatape/image/decode_options.hpp"
#include "adatape/image/exif.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::image::detail {

/// One JPEG file in memory, which must live as long as this object, as must `where` and the options. For one call of decode(). libjpeg reports errors by a call
/// that must not return: no function that longjmp leaves holds objects with destructors.
class JpegDecoder {
 public:
  JpegDecoder(const std::string& where, std::span<const std::uint8_t> bytes, const DecodeOptions& options) : where_(where), bytes_(bytes), options_(options) {
    jpeg_.err = jpeg_std_error(&errors_);
    jpeg_.client_data = this;
    errors_.error_exit = fail;
    errors_.emit_message = [](j_common_ptr common, int level) {
      const auto* decoder = static_cast<const JpegDecoder*>(common->client_data);
      if (level < 0 && means_damage(*common->err, decoder->options_.accept_damage)) fail(common);
    };
  }
  ~JpegDecoder() { jpeg_destroy_decompress(&jpeg_); }
  JpegDecoder(const JpegDecoder&) = delete;
  JpegDecoder& operator=(const JpegDecoder&) = delete;

  /// Throws Error whose text begins with `where` for whatever the file may have wrong.
  Image decode() {
    require(read_header(), where_, ": damaged or unsupported JPEG: ", message_.data());
    const Index height = static_cast<Index>(jpeg_.image_height), width = static_cast<Index>(jpeg_.image_width);
    check_picture_size(where_, height, width, options_);
    // Coefficients of a progressive file take 2 bytes for each of up to 4 components of a pixel.
    jpeg_.mem->max_memory_to_use = static_cast<long>(12 * height * width + (Index{1} << 26));
    require(start(), where_, ": damaged or unsupported JPEG: ", message_.data());
    const int turned = options_.exif_orientation ? orientation() : 1;  // before libjpeg frees the markers, at the end
    Image image(height, width, options_.channels);
    direct_ = jpeg_.output_components == options_.channels;
    if (!direct_) row_.resize(static_cast<std::size_t>(width * jpeg_.output_components));
    require(read_rows(image), where_, ": damaged JPEG: ", message_.data());
    return upright(std::move(image), turned);
  }

 private:
  /// Files have about 10 scans; each scan of an empty one costs a pass over all coefficients.
  static constexpr int kMostScans = 100;

  [[noreturn]] static void fail(j_common_ptr common) {
    auto* decoder = static_cast<JpegDecoder*>(common->client_data);
    common->err->format_message(common, decoder->message_.data());
    std::longjmp(decoder->place_, 1);
  }

  /// A warning means that data are missing or wrong, but for these: whatever they tell, every pixel is there. Of accepted damage the early end of a file alone
  /// remains an error.
  static bool means_damage(const jpeg_error_mgr& error, bool accepted) {
    if (accepted) return error.msg_code == JWRN_JPEG_EOF;
    switch (error.msg_code) {
      case JWRN_EXTRANEOUS_DATA: {  // stray bytes before a marker; before a restart marker they were pixels
        const int marker = error.msg_parm.i[1];
        return marker >= JPEG_RST0 && marker <= JPEG_RST0 + 7;
      }
      case JWRN_ADOBE_XFORM:
      case JWRN_JFIF_MAJOR:
      case JWRN_TOO_MUCH_DATA:
        return false;
      default:
        return true;
    }
  }

  bool read_header() {
    if (setjmp(place_) != 0) return false;
    jpeg_create_decompress(&jpeg_);
    jpeg_.client_data = this;
    jpeg_mem_src(&jpeg_, bytes_.data(), static_cast<unsigned long>(bytes_.size()));
    if (options_.exif_orientation) jpeg_save_markers(&jpeg_, JPEG_APP0 + 1, 0xffff);
    jpeg_read_header(&jpeg_, TRUE);
    return true;
  }

  bool start() {
    if (setjmp(place_) != 0) return false;
    progress_.progress_monitor = [](j_common_ptr common) {
      auto* decoder = static_cast<JpegDecoder*>(common->client_data);
      if (decoder->jpeg_.input_scan_number <= kMostScans) return;
      std::snprintf(decoder->message_.data(), decoder->message_.size(), "more than %d scans", kMostScans);
      std::longjmp(decoder->place_, 1);
    };
    jpeg_.progress = &progress_;
    const auto stored = jpeg_.jpeg_color_space;
    const bool grey = stored == JCS_GRAYSCALE && options_.channels == 1;
    jpeg_.out_color_space = stored == JCS_CMYK || stored == JCS_YCCK ? JCS_CMYK : grey ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_start_decompress(&jpeg_);
    return true;
  }

  bool read_rows(Image& image) {
    if (setjmp(place_) != 0) return false;
    while (jpeg_.output_scanline < jpeg_.output_height) {
      auto* to = image.row(static_cast<Index>(jpeg_.output_scanline));
      JSAMPROW row = direct_ ? to : row_.data();
      jpeg_read_scanlines(&jpeg_, &row, 1);
      if (direct_) continue;
      if (jpeg_.out_color_space != JCS_CMYK)
        grey_row(row_, static_cast<unsigned>(jpeg_.output_components), options_.background, to);
      else
        options_.channels == 1 ? grey_row_of_inverted_cmyk(row_, to) : rgb_row_of_inverted_cmyk(row_, to);
    }
    jpeg_finish_decompress(&jpeg_);
    return true;
  }

  /// From the first APP1 segment that begins with "Exif" and two zero bytes.
  int orientation() const {
    for (auto* marker = jpeg_.marker_list; marker != nullptr; marker = marker->next)
      if (marker->marker == JPEG_APP0 + 1 && marker->data_length > 6 && std::memcmp(marker->data, "Exif\0", 6) == 0)
        return exif_orientation({marker->data + 6, marker->data_length - 6});
    return 1;
  }

  const std::string& where_;
  std::span<const std::uint8_t> bytes_;
  const DecodeOptions& options_;
  jpeg_decompress_struct jpeg_{};
  jpeg_error_mgr errors_{};
  jpeg_progress_mgr progress_{};
  std::jmp_buf place_{};
  std::array<char, JMSG_LENGTH_MAX> message_{};
  bool direct_ = false;            ///< libjpeg writes rows as they are wanted
  std::vector<std::uint8_t> row_;  ///< [width, components] otherwise
};

}  // namespace adatape::image::detail
