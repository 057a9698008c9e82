// Writes pictures of two classes with adatape::image, and loads them as a data set with two threads.
#include <cstdio>
#include <filesystem>

#include "adatape/data/class_folder.hpp"
#include "adatape/data/loader.hpp"
#include "adatape/data/sampler.hpp"
#include "adatape/image/crop.hpp"
#include "adatape/image/normalise.hpp"
#include "adatape/image/png_writer.hpp"

int main(int, char** arguments) {
  namespace image = adatape::image;
  const std::filesystem::path root = std::string(arguments[0]) + ".folder";
  for (const int label : {0, 1}) {
    const auto folder = root / (label == 0 ? "dark" : "light");
    std::filesystem::create_directories(folder);
    for (const char* name : {"1.png", "2.png", "3.png"}) {
      image::Image picture(12, 16, 3);
      for (std::uint8_t& value : picture.values) value = label == 0 ? 0 : 255;
      image::write_png(folder / name, picture);
    }
  }
  const auto set = adatape::data::open_class_folder(root);
  const auto normalise = image::Normalisation::range(-1, 1);
  const auto transform = [&](const image::Image& picture, adatape::Draws&, std::span<float> out) {
    normalise(image::pillow::resize(picture, 8, 8, image::pillow::Filter::bicubic), out);
  };
  adatape::data::Loader loader(set, adatape::data::OrderedSampler(set.size(), 4), 8 * 8 * 3, transform, {.workers = 2});
  adatape::Index right = 0;
  while (const auto batch = loader.next())
    for (adatape::Index i = 0; i < batch->size(); ++i) {
      const float wanted = batch->labels[static_cast<std::size_t>(i)] == 0 ? -1.0F : 1.0F, found = batch->inputs[static_cast<std::size_t>(i * 8 * 8 * 3)];
      right += found >= wanted && found <= wanted;
    }
  std::filesystem::remove_all(root);
  std::printf("pictures are loaded: %td of %td, classes %s and %s\n", right, set.size(), set.class_names()[0].c_str(), set.class_names()[1].c_str());
  return right == 6 ? 0 : 1;
}
