/// dump_picture [--black] [--exif] [--max-pixels=N] FILE: the file as adatape-predict reads it, as binary PGM on standard output.
#include <cstdio>
#include <exception>
#include <string>

#include "adatape/image/decode.hpp"
#include "fitting.hpp"

int main(int argc, char** argv) {
  auto options = adatape::examples::picture_options(1);
  const std::string limit = "--max-pixels=";
  for (int i = 1; i + 1 < argc; ++i) {
    const std::string flag = argv[i];
    if (flag == "--black") options.background = 0;
    if (flag == "--exif") options.exif_orientation = true;
    if (flag.starts_with(limit)) options.max_pixels = std::stol(flag.substr(limit.size()));
  }
  try {
    const std::string path = argv[argc - 1];
    const auto image = adatape::image::read_image(path, options);
    std::printf("P5\n%ld %ld\n255\n", static_cast<long>(image.width), static_cast<long>(image.height));
    return std::fwrite(image.values.data(), 1, image.values.size(), stdout) == image.values.size() ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
