#pragma once
/// Pictures of any size whose class can be told from them: two colours, mixed by two waves whose directions and lengths belong to the class.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "adatape/core/random.hpp"
#include "test_files.hpp"

/// Pictures of a test split are numbered from here on, so that none of them is in a training split.
inline constexpr adatape::Index kFirstOfVal = 10'000'000;

/// Height and width of a photo, near 375 x 500 as most of ImageNet's are; one of four stands upright.
inline std::pair<adatape::Index, adatape::Index> photo_size(std::uint64_t seed, adatape::Index label, adatape::Index number) {
  adatape::Draws draws(adatape::Stream(seed, adatape::Purpose::data, static_cast<std::uint64_t>(label), static_cast<std::uint64_t>(number), 1));
  const auto low = static_cast<adatape::Index>(333 + draws.below(64)), high = static_cast<adatape::Index>(460 + draws.below(80));
  return draws.below(4) == 0 ? std::pair(high, low) : std::pair(low, high);
}

/// [height, width, 3]. With u = x / width and v = y / height, wave k is cos(2 pi (a_k u + b_k v + p_k)), the share of the first colour is
/// 1/2 + (wave 0 + wave 1) / 4, and light of 0.7 to 1 multiplies all. The class gives a, b and the colours; the number gives p and the light.
inline Bytes drawn_picture(std::uint64_t seed, adatape::Index label, adatape::Index number, adatape::Index height, adatape::Index width) {
  using adatape::Draws, adatape::Stream, adatape::Purpose;
  constexpr std::size_t shares = 256;
  static const auto cosines = [] {  // 63 cos(2 pi i / 4096)
    std::vector<int> table(4096);
    for (std::size_t i = 0; i < table.size(); ++i)
      table[i] = static_cast<int>(std::lround(63 * std::cos(2 * std::numbers::pi * static_cast<double>(i) / 4096)));
    return table;
  }();
  Draws of_class(Stream(seed, Purpose::data, static_cast<std::uint64_t>(label), 0, 2));
  Draws of_picture(Stream(seed, Purpose::data, static_cast<std::uint64_t>(label), static_cast<std::uint64_t>(number), 3));
  double first[3], second[3];
  for (std::size_t c = 0; c < 3; ++c) {
    first[c] = of_class.uniform(0, 255);
    second[c] = of_class.uniform(0, 255);
  }
  // Phases in units of 2^-32 of a turn, so that they wrap; a step is what a pixel to the right or below adds.
  const auto phase = [](double turns) { return static_cast<std::uint32_t>(static_cast<std::int64_t>(turns * 0x1p32)); };
  std::uint32_t right[2], down[2], row[2];
  for (std::size_t k = 0; k < 2; ++k) {
    right[k] = phase(of_class.uniform(-4, 4) / static_cast<double>(width));
    down[k] = phase(of_class.uniform(-4, 4) / static_cast<double>(height));
    row[k] = phase(of_picture.uniform());
  }
  const double light = of_picture.uniform(0.7, 1);
  Bytes colours(3 * shares);
  for (std::size_t i = 0; i < colours.size(); ++i) {
    const double share = static_cast<double>(i / 3) / (shares - 1);
    colours[i] = static_cast<std::uint8_t>(light * (share * first[i % 3] + (1 - share) * second[i % 3]));
  }
  Bytes rgb(static_cast<std::size_t>(3 * height * width));
  auto pixel = rgb.begin();
  for (adatape::Index y = 0; y < height; ++y, row[0] += down[0], row[1] += down[1]) {
    std::uint32_t at[2] = {row[0], row[1]};
    for (adatape::Index x = 0; x < width; ++x, at[0] += right[0], at[1] += right[1])
      pixel = std::copy_n(colours.begin() + 3 * (128 + cosines[at[0] >> 20] + cosines[at[1] >> 20]), 3, pixel);
  }
  return rgb;
}
