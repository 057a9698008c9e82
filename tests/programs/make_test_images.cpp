/// make_test_images DIR: an IDX data set of ten easily told classes (train and t10k, 28 x 28), a colour PNG and a JPEG, for the tests of the
/// programs.
#include "test_files.hpp"

namespace {

/// A bright bar whose row tells the class, moved a little from image to image, on a faint pattern.
Bytes picture(int number) {
  Bytes pixels(28 * 28);
  const int label = number % 10, left = number / 10 % 7;
  for (int y = 0; y < 28; ++y)
    for (int x = 0; x < 28; ++x) {
      const bool bar = y / 2 == label + 2 && x >= left && x < left + 20;
      pixels[static_cast<std::size_t>(y * 28 + x)] = static_cast<std::uint8_t>(bar ? 220 + number % 30 : (x * 7 + y * 13 + number * 31) % 40);
    }
  return pixels;
}

void write_split(const std::filesystem::path& directory, const std::string& stem, int count, int first) {
  Bytes pixels, labels;
  for (int i = first; i < first + count; ++i) {
    const auto image = picture(i);
    pixels.insert(pixels.end(), image.begin(), image.end());
    labels.push_back(static_cast<std::uint8_t>(i % 10));
  }
  write_idx(directory / (stem + "-images-idx3-ubyte"), {static_cast<std::uint32_t>(count), 28, 28}, pixels);
  write_idx(directory / (stem + "-labels-idx1-ubyte"), {static_cast<std::uint32_t>(count)}, labels);
}

/// Picture 3, three times enlarged, in three channels.
Bytes large_colour() {
  const auto small = picture(3);
  Bytes rgb;
  for (std::size_t y = 0; y < 84; ++y)
    for (std::size_t x = 0; x < 84; ++x) rgb.insert(rgb.end(), 3, small[y / 3 * 28 + x / 3]);
  return rgb;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::filesystem::path directory = argv[1];
  std::filesystem::create_directories(directory);
  write_split(directory, "train", 330, 0);
  write_split(directory, "t10k", 70, 1000);
  write_jpeg(directory / "three.jpg", 84, 84, large_colour());
  return write_png(directory / "three.png", 84, 84, large_colour()) ? 0 : 1;
}
