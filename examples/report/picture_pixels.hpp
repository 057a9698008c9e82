#pragma once
/// Some pictures of a set, all in memory.
#include <atomic>
#include <span>
#include <vector>

#include "../image/picture_set.hpp"
#include "adatape/core/parallel.hpp"

namespace adatape::examples {

struct PicturePixels {
  std::vector<Index> numbers;        ///< in the set
  std::vector<std::uint8_t> pixels;  ///< [numbers, height, width, channels]
};

/// The pictures `numbers` of `set`. Those that cannot be read any more are left out.
inline PicturePixels read_pictures(const PictureSet& set, std::span<const Index> numbers) {
  const auto size = static_cast<std::size_t>(set.picture_size());
  PicturePixels out{{numbers.begin(), numbers.end()}, std::vector<std::uint8_t>(numbers.size() * size)};
  std::vector<char> broken(numbers.size());
  parallel_chunks(std::ssize(numbers), 16, [&](Index begin, Index end) {
    image::Image room;
    for (auto n = static_cast<std::size_t>(begin); n < static_cast<std::size_t>(end); ++n) try {
        std::ranges::copy(set.pixels(numbers[n], room), out.pixels.begin() + static_cast<std::ptrdiff_t>(n * size));
      } catch (const Error&) {
        broken[n] = 1;
      }
  });
  std::size_t kept = 0;
  for (std::size_t n = 0; n < numbers.size(); ++n) {
    if (broken[n] == 1) continue;
    out.numbers[kept] = numbers[n];
    std::copy_n(out.pixels.begin() + static_cast<std::ptrdiff_t>(n * size), size, out.pixels.begin() + static_cast<std::ptrdiff_t>(kept * size));
    ++kept;
  }
  out.numbers.resize(kept);
  out.pixels.resize(kept * size);
  return out;
}

}  // namespace adatape::examples
