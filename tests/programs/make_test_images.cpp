/// make_test_images DIR: an IDX data set of ten easily told classes (train and t10k, 28 x 28), a colour PNG and a JPEG, for the tests of the
/// programs.
#include <png.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>
// libjpeg's header needs FILE from <cstdio> above it.
#include <jpeglib.h>

namespace {

/// A bright bar whose row tells the class, moved a little from image to image, on a faint pattern.
std::vector<std::uint8_t> picture(int number) {
  std::vector<std::uint8_t> pixels(28 * 28);
  const int label = number % 10, left = number / 10 % 7;
  for (int y = 0; y < 28; ++y)
    for (int x = 0; x < 28; ++x) {
      const bool bar = y / 2 == label + 2 && x >= left && x < left + 20;
      pixels[static_cast<std::size_t>(y * 28 + x)] = static_cast<std::uint8_t>(bar ? 220 + number % 30 : (x * 7 + y * 13 + number * 31) % 40);
    }
  return pixels;
}

void write_idx(const std::filesystem::path& path, std::vector<std::uint32_t> shape, const std::vector<std::uint8_t>& values) {
  std::ofstream file(path, std::ios::binary);
  file << std::string{'\0', '\0', '\x08', static_cast<char>(shape.size())};
  for (std::uint32_t size : shape)
    for (int shift = 24; shift >= 0; shift -= 8) file.put(static_cast<char>(size >> shift & 255));
  file.write(reinterpret_cast<const char*>(values.data()), static_cast<std::streamsize>(values.size()));
}

void write_split(const std::filesystem::path& directory, const std::string& stem, int count, int first) {
  std::vector<std::uint8_t> pixels, labels;
  for (int i = first; i < first + count; ++i) {
    const auto image = picture(i);
    pixels.insert(pixels.end(), image.begin(), image.end());
    labels.push_back(static_cast<std::uint8_t>(i % 10));
  }
  write_idx(directory / (stem + "-images-idx3-ubyte"), {static_cast<std::uint32_t>(count), 28, 28}, pixels);
  write_idx(directory / (stem + "-labels-idx1-ubyte"), {static_cast<std::uint32_t>(count)}, labels);
}

/// Picture 3, three times enlarged, in three channels.
std::vector<std::uint8_t> large_colour() {
  const auto small = picture(3);
  std::vector<std::uint8_t> rgb;
  for (std::size_t y = 0; y < 84; ++y)
    for (std::size_t x = 0; x < 84; ++x) rgb.insert(rgb.end(), 3, small[y / 3 * 28 + x / 3]);
  return rgb;
}

bool write_png(const std::filesystem::path& path, const std::vector<std::uint8_t>& rgb) {
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  png.format = PNG_FORMAT_RGB;
  png.width = png.height = 84;
  return png_image_write_to_file(&png, path.c_str(), 0, rgb.data(), 0, nullptr) != 0;
}

void write_jpeg(const std::filesystem::path& path, std::vector<std::uint8_t> rgb) {
  jpeg_compress_struct jpeg{};
  jpeg_error_mgr errors{};
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_compress(&jpeg);
  std::FILE* file = std::fopen(path.c_str(), "wb");
  jpeg_stdio_dest(&jpeg, file);
  jpeg.image_width = jpeg.image_height = 84;
  jpeg.input_components = 3;
  jpeg.in_color_space = JCS_RGB;
  jpeg_set_defaults(&jpeg);
  jpeg_set_quality(&jpeg, 95, TRUE);
  jpeg_start_compress(&jpeg, TRUE);
  while (jpeg.next_scanline < 84) {
    JSAMPROW row = rgb.data() + std::size_t{jpeg.next_scanline} * 84 * 3;
    jpeg_write_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_compress(&jpeg);
  jpeg_destroy_compress(&jpeg);
  std::fclose(file);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::filesystem::path directory = argv[1];
  std::filesystem::create_directories(directory);
  write_split(directory, "train", 330, 0);
  write_split(directory, "t10k", 70, 1000);
  write_jpeg(directory / "three.jpg", large_colour());
  return write_png(directory / "three.png", large_colour()) ? 0 : 1;
}
