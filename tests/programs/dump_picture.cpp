/// dump_picture [--black] [--exif] [--max-pixels=N] [--fit=RULE,SHARE,INTERPOLATION,SIZE] FILE: the file as adatape-predict reads it, as binary PGM on standard
/// output; with --fit in RGB, made to fit SIZE x SIZE, as binary PPM.
#include <cstdio>
#include <exception>
#include <sstream>
#include <string>
#include <vector>

#include "adatape/image/decode.hpp"
#include "picture_fit.hpp"

int main(int argc, char** argv) {
  using namespace adatape::examples;
  try {
    auto options = picture_options(1);
    const std::string limit = "--max-pixels=", fitted = "--fit=";
    std::vector<std::string> fit;
    for (int i = 1; i + 1 < argc; ++i) {
      const std::string flag = argv[i];
      if (flag == "--black") options.background = 0;
      if (flag == "--exif") options.exif_orientation = true;
      if (flag.starts_with(limit)) options.max_pixels = std::stol(flag.substr(limit.size()));
      std::istringstream words(flag.starts_with(fitted) ? flag.substr(fitted.size()) : "");
      for (std::string word; std::getline(words, word, ',');) fit.push_back(word);
    }
    if (fit.size() == 4) options.channels = 3;
    auto image = adatape::image::read_image(argv[argc - 1], options);
    if (fit.size() == 4) image = PictureFit{fit[0], std::stod(fit[1]), fit[2]}(image, std::stol(fit[3]), std::stol(fit[3]), 3);
    std::printf("P%c\n%ld %ld\n255\n", image.channels == 3 ? '6' : '5', static_cast<long>(image.width), static_cast<long>(image.height));
    return std::fwrite(image.values.data(), 1, image.values.size(), stdout) == image.values.size() ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
