#pragma once
/// Fashion-MNIST in colour, 32 x 32: as folders of PNG files, as folders of JPEG files, and as CIFAR-10's files.
#include <array>

#include "adatape/core/parallel.hpp"
#include "adatape/core/random.hpp"
#include "adatape/data/idx.hpp"
#include "picture_layouts.hpp"

/// The names of Fashion-MNIST's labels 0 .. 9. A folder cannot be called "T-shirt/top".
inline constexpr std::array<const char*, 10> kFashionNames{"T-shirt", "Trouser", "Pullover", "Dress", "Coat",
                                                           "Sandal",  "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};

/// Picture i in the middle of 32 x 32 pixels. Grey g becomes (g front + (255 - g) back) / 255 in each channel, with two colours that are drawn for the picture
/// and say nothing of its class.
inline Bytes in_colour(const adatape::data::ImageDataset& set, adatape::Index i, std::uint64_t seed, std::uint64_t split) {
  adatape::Draws draws(adatape::Stream(seed, adatape::Purpose::data, split, static_cast<std::uint64_t>(i), 4));
  std::array<unsigned, 3> front{}, back{};
  for (std::size_t channel = 0; channel < 3; ++channel) {
    front[channel] = static_cast<unsigned>(128 + draws.below(128));
    back[channel] = static_cast<unsigned>(draws.below(64));
  }
  const auto grey = set.image(i);
  Bytes rgb;
  for (std::size_t y = 0; y < 32; ++y)
    for (std::size_t x = 0; x < 32; ++x) {
      const bool inside = y >= 2 && y < 30 && x >= 2 && x < 30;
      const unsigned g = inside ? grey[(y - 2) * 28 + x - 2] : 0;
      for (std::size_t channel = 0; channel < 3; ++channel) rgb.push_back(static_cast<std::uint8_t>((g * front[channel] + (255 - g) * back[channel]) / 255));
    }
  return rgb;
}

/// The first `train` and `val` pictures of the two splits. All three copies have them in the order of the folders: by the name of the class, then by number.
/// So the label in CIFAR's files is the rank of the name. Throws Error for files that are not Fashion-MNIST, and where a file cannot be written.
inline void make_fashion(const std::filesystem::path& source, const std::filesystem::path& root, adatape::Index train, adatape::Index val, std::uint64_t seed) {
  using adatape::Index;
  std::vector<std::string> names(kFashionNames.begin(), kFashionNames.end());
  std::ranges::sort(names);
  const auto pictures = [&](adatape::data::Split split, Index count) {
    const auto set = adatape::data::load_idx_dataset(source, split);
    adatape::require(set.height == 28 && set.width == 28, source.string(), ": wanted pictures of 28 x 28, found ", set.height, " x ", set.width);
    const bool is_train = split == adatape::data::Split::train;
    std::vector<std::pair<Index, Index>> order;  // rank of the name, number
    for (Index i = 0; i < std::min(count, set.count); ++i) {
      const auto name = std::ranges::find(names, kFashionNames[static_cast<std::size_t>(set.labels[static_cast<std::size_t>(i)])]);
      order.emplace_back(name - names.begin(), i);
    }
    std::ranges::sort(order);
    std::vector<CifarPicture> out(order.size());
    for (const char* kind : {"png", "jpeg"})
      for (const auto& name : names) std::filesystem::create_directories(root / kind / (is_train ? "train" : "val") / name);
    adatape::parallel_for(std::ssize(order), [&](Index k) {
      const auto [label, i] = order[static_cast<std::size_t>(k)];
      const auto place = std::filesystem::path(is_train ? "train" : "val") / names[static_cast<std::size_t>(label)] / digits(i, 5);
      auto rgb = in_colour(set, i, seed, is_train ? 0 : 1);
      const auto png = root / "png" / (place.string() + ".png");
      adatape::require(write_png(png, 32, 32, rgb), png.string(), ": cannot write");
      write_jpeg(root / "jpeg" / (place.string() + ".jpg"), 32, 32, rgb);
      out[static_cast<std::size_t>(k)] = {label, std::move(rgb)};
    });
    return out;
  };
  const auto of_train = pictures(adatape::data::Split::train, train);
  write_cifar(root / "cifar", names, of_train, pictures(adatape::data::Split::test, val));
}
