#pragma once
/// Files of the programs' tests: IDX, and pictures in RGB as PNG and as JPEG.
#include <png.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>
// libjpeg's header needs FILE from <cstdio> above it.
#include <jpeglib.h>

using Bytes = std::vector<std::uint8_t>;

inline void write_bytes(const std::filesystem::path& path, const Bytes& bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

inline void write_idx(const std::filesystem::path& path, const std::vector<std::uint32_t>& shape, const Bytes& values) {
  Bytes file{0, 0, 8, static_cast<std::uint8_t>(shape.size())};
  for (std::uint32_t size : shape)
    for (int shift = 24; shift >= 0; shift -= 8) file.push_back(static_cast<std::uint8_t>(size >> shift & 255));
  file.insert(file.end(), values.begin(), values.end());
  write_bytes(path, file);
}

/// `rgb` is [height, width, 3]. Whether it was written.
inline bool write_png(const std::filesystem::path& path, unsigned height, unsigned width, const Bytes& rgb) {
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  png.format = PNG_FORMAT_RGB;
  png.width = width;
  png.height = height;
  return png_image_write_to_file(&png, path.c_str(), 0, rgb.data(), 0, nullptr) != 0;
}

/// `rgb` is [height, width, 3]. Throws std::runtime_error if the file cannot be made.
inline void write_jpeg(const std::filesystem::path& path, unsigned height, unsigned width, Bytes rgb) {
  jpeg_compress_struct jpeg{};
  jpeg_error_mgr errors{};
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_compress(&jpeg);
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (!file) throw std::runtime_error(path.string() + ": cannot write");
  jpeg_stdio_dest(&jpeg, file);
  jpeg.image_width = width;
  jpeg.image_height = height;
  jpeg.input_components = 3;
  jpeg.in_color_space = JCS_RGB;
  jpeg_set_defaults(&jpeg);
  jpeg_set_quality(&jpeg, 95, TRUE);
  jpeg_start_compress(&jpeg, TRUE);
  while (jpeg.next_scanline < height) {
    JSAMPROW row = rgb.data() + std::size_t{jpeg.next_scanline} * width * 3;
    jpeg_write_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_compress(&jpeg);
  jpeg_destroy_compress(&jpeg);
  std::fclose(file);
}
