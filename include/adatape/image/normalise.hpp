#pragma once
/// From bytes to the numbers that a model takes.
#include <array>
#include <span>

#include "adatape/image/image.hpp"
#include "adatape/image/rounded.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::image {

/// Mean and standard deviation of each channel, of values from 0 to 1.
struct ChannelStatistics {
  std::array<float, 3> mean, deviation;  ///< of red, green and blue; grey pictures take the first
};
/// ImageNet's: DeiT, torchvision and most of timm.
inline constexpr ChannelStatistics imagenet_statistics{{0.485f, 0.456f, 0.406f}, {0.229f, 0.224f, 0.225f}};
/// timm's vit_* weights from AugReg and their like. Up to rounding the range (-1, 1).
inline constexpr ChannelStatistics inception_statistics{{0.5f, 0.5f, 0.5f}, {0.5f, 0.5f, 0.5f}};
/// OpenAI's CLIP.
inline constexpr ChannelStatistics clip_statistics{{0.48145466f, 0.4578275f, 0.40821073f}, {0.26862954f, 0.26130258f, 0.27577711f}};

/// A number in float32 for each byte of each channel.
class Normalisation {
 public:
  /// low + v / 255 (high - low), as scenic's and big_vision's value_range has it. Throws Error unless low < high.
  static Normalisation range(float low, float high) {
    require(low < high, "normalise: wanted a range with its lower end first, found ", low, " to ", high);
    const float width = high - low;
    return Normalisation([&](float v, std::size_t) { return low + rounded(v / 255 * width); });
  }
  /// (v / 255 - mean) / deviation, as torchvision has it. Grey pictures take the first channel's. Throws Error unless every deviation is above 0.
  static Normalisation statistics(const ChannelStatistics& of) {
    for (const float deviation : of.deviation) require(deviation > 0, "normalise: wanted deviations above 0, found ", deviation);
    return Normalisation([&](float v, std::size_t c) { return (v / 255 - of.mean[c]) / of.deviation[c]; });
  }

  /// Writes `picture` to out [height, width, channels], row-major. Throws Error unless `out` has the picture's size.
  void operator()(const Image& picture, std::span<float> out) const {
    require(out.size() == picture.values.size(), "normalise: wanted room for ", picture.values.size(), " values, found ", out.size());
    const std::uint8_t* values = picture.values.data();
    if (picture.channels == 1) {
      for (std::size_t i = 0; i < out.size(); ++i) out[i] = table_[0][values[i]];
      return;
    }
    for (std::size_t i = 0; i + 2 < out.size(); i += 3) {
      out[i] = table_[0][values[i]];
      out[i + 1] = table_[1][values[i + 1]];
      out[i + 2] = table_[2][values[i + 2]];
    }
  }

 private:
  template <class Number>
  explicit Normalisation(const Number& number) {
    for (std::size_t c = 0; c < 3; ++c)
      for (std::size_t v = 0; v < 256; ++v) table_[c][v] = number(static_cast<float>(v), c);
  }
  std::array<std::array<float, 256>, 3> table_{};
};

}  // namespace adatape::image
