#pragma once
/// From bytes to what a model sees: normalised by the training set's mean and standard deviation.
#include <array>
#include <cmath>
#include <cstdint>
#include <span>

#include "adatape/core/error.hpp"
#include "adatape/data/idx.hpp"

namespace adatape::examples {

/// Mean and standard deviation of pixels in [0, 1].
struct PixelStatistics {
  double mean = 0, deviation = 1;
  bool operator==(const PixelStatistics&) const = default;
};

/// Exact: integer sums over a histogram, so the result depends on the pixels alone.
inline PixelStatistics pixel_statistics(std::span<const std::uint8_t> pixels) {
  std::array<std::uint64_t, 256> histogram{};
  for (std::uint8_t pixel : pixels) ++histogram[pixel];
  double sum = 0, squares = 0;
  for (std::size_t value = 0; value < 256; ++value) {
    const double level = static_cast<double>(value) / 255, count = static_cast<double>(histogram[value]);
    sum += count * level;
    squares += count * level * level;
  }
  const double count = static_cast<double>(pixels.size()), mean = sum / count;
  const double variance = squares / count - mean * mean;
  return {mean, variance > 1e-12 ? std::sqrt(variance) : 1.0};
}

/// The normalised value of every byte.
class PixelTable {
 public:
  explicit PixelTable(const PixelStatistics& statistics) {
    for (std::size_t value = 0; value < 256; ++value)
      values_[value] = static_cast<float>((static_cast<double>(value) / 255 - statistics.mean) / statistics.deviation);
  }
  float operator()(std::uint8_t pixel) const { return values_[pixel]; }
  void apply(std::span<const std::uint8_t> pixels, float* to) const {
    for (std::uint8_t pixel : pixels) *to++ = values_[pixel];
  }

 private:
  std::array<float, 256> values_{};
};

/// Throws Error unless images of this size are what Model takes.
template <class Model>
void require_image_size(Index height, Index width, const std::string& where) {
  constexpr auto wanted = Model::Config::image;
  require(height == wanted[0] && width == wanted[1], where, ": wanted images of ", wanted[0], " x ", wanted[1], " pixels, found ", height, " x ",
          width);
}

}  // namespace adatape::examples
