#pragma once
/// The picture of a self-test: from a number to the input of a model, by integer arithmetic that any language can do (docs/deployment.md).
#include <cstdint>
#include <vector>

#include "../common/compiled_model.hpp"
#include "pixels.hpp"

namespace adatape::examples {

/// Eight random bits that are a function of (seed, index). All arithmetic is modulo 2^32. The mixing is the hash lowbias32 of Wellons.
constexpr std::uint32_t noise(std::uint32_t seed, std::uint32_t index) {
  std::uint32_t x = seed * 0x9e3779b9u + index;
  x = (x ^ (x >> 16)) * 0x7feb352du;
  x = (x ^ (x >> 15)) * 0x846ca68bu;
  return (x ^ (x >> 16)) >> 24;
}

/// Channel c of the pixel in row y and column x, of a picture of `width` columns and `channels` channels. Three quarters are equal within squares of 4 x 4
/// pixels, so that patches differ in brightness. One quarter is a pixel's own, so that the order of pixels counts.
constexpr std::uint8_t test_pixel(std::uint32_t seed, std::uint32_t y, std::uint32_t x, std::uint32_t c, std::uint32_t width, std::uint32_t channels) {
  const std::uint32_t square = noise(seed, (y / 4 * width + x / 4) * channels + c), own = noise(seed, 0x80000000u + (y * width + x) * channels + c);
  return static_cast<std::uint8_t>((3 * square + own) / 4);
}

/// [height, width, channels], normalised: float((value / 255 - mean) / deviation), computed in double.
inline std::vector<float> test_input(std::uint32_t seed, const ModelFacts& facts, const PixelStatistics& statistics) {
  std::vector<std::uint8_t> pixels;
  pixels.reserve(static_cast<std::size_t>(facts.input_size));
  const auto width = static_cast<std::uint32_t>(facts.width), channels = static_cast<std::uint32_t>(facts.channels);
  for (std::uint32_t y = 0; y < static_cast<std::uint32_t>(facts.height); ++y)
    for (std::uint32_t x = 0; x < width; ++x)
      for (std::uint32_t c = 0; c < channels; ++c) pixels.push_back(test_pixel(seed, y, x, c, width, channels));
  std::vector<float> input(pixels.size());
  PixelTable(statistics).apply(pixels, input.data());
  return input;
}

}  // namespace adatape::examples
