#pragma once
/// From bytes to what a model sees: normalised by the training set's mean and standard deviation of each channel.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "../common/process_group.hpp"
#include "adatape/core/types.hpp"
#include "adatape/image/crop.hpp"

namespace adatape::examples {

/// Mean and standard deviation of each channel, of values in [0, 1].
struct PixelStatistics {
  std::vector<double> mean{0}, deviation{1};  ///< [channels]

  Index channels() const { return std::ssize(mean); }
  bool operator==(const PixelStatistics&) const = default;
};

/// Statistics that are not measured: "imagenet", for pictures in colour, or "half".
inline PixelStatistics known_statistics(std::string_view name, int channels) {
  if (name == "imagenet") return {{0.485, 0.456, 0.406}, {0.229, 0.224, 0.225}};
  const auto half = std::vector<double>(static_cast<std::size_t>(channels), 0.5);
  return {half, half};
}

/// How often each byte occurs in each channel: exact, so the statistics depend on the pixels alone.
class PixelHistogram {
 public:
  explicit PixelHistogram(int channels) : counts_(static_cast<std::size_t>(channels)) {}

  /// `pixels` are [height, width, channels].
  void add(std::span<const std::uint8_t> pixels) {
    const std::size_t channels = counts_.size();
    for (std::size_t channel = 0; channel < channels; ++channel) {
      auto& counts = counts_[channel];
      for (std::size_t i = channel; i < pixels.size(); i += channels) ++counts[pixels[i]];
    }
  }
  /// Adds another histogram of as many channels.
  void add(const PixelHistogram& other) {
    for (std::size_t channel = 0; channel < counts_.size(); ++channel)
      for (std::size_t value = 0; value < 256; ++value) counts_[channel][value] += other.counts_[channel][value];
  }

  /// Called by all processes of a group together: adds those of the others, of as many channels.
  void add_others(ProcessGroup& group) {
    std::vector<std::array<std::uint64_t, 256>> all(static_cast<std::size_t>(group.processes()) * counts_.size());
    const auto own = all.begin() + group.process() * std::ssize(counts_);
    std::ranges::copy(counts_, own);
    group.gather(std::span(all), std::ssize(counts_));
    for (auto& counts : counts_) counts.fill(0);
    for (std::size_t i = 0; i < all.size(); ++i)
      for (std::size_t value = 0; value < 256; ++value) counts_[i % counts_.size()][value] += all[i][value];
  }

  /// A deviation of less than 1e-6 becomes 1. At least one pixel must have been added.
  PixelStatistics statistics() const {
    PixelStatistics out{{}, {}};
    for (const auto& counts : counts_) {
      double sum = 0, squares = 0, count = 0;
      for (std::size_t value = 0; value < 256; ++value) {
        const double level = static_cast<double>(value) / 255, times = static_cast<double>(counts[value]);
        sum += times * level;
        squares += times * level * level;
        count += times;
      }
      const double mean = sum / count, variance = squares / count - mean * mean;
      out.mean.push_back(mean);
      out.deviation.push_back(variance > 1e-12 ? std::sqrt(variance) : 1.0);
    }
    return out;
  }

 private:
  std::vector<std::array<std::uint64_t, 256>> counts_;  ///< [channels]
};

/// The normalised value of every byte of every channel.
class PixelTable {
 public:
  explicit PixelTable(const PixelStatistics& statistics) : channels_(static_cast<int>(statistics.channels())) {
    for (std::size_t channel = 0; channel < statistics.mean.size(); ++channel)
      for (std::size_t value = 0; value < 256; ++value)
        values_[channel][value] = static_cast<float>((static_cast<double>(value) / 255 - statistics.mean[channel]) / statistics.deviation[channel]);
    for (std::size_t channel = 0; channel < statistics.mean.size(); ++channel)
      mean_[channel] = static_cast<std::uint8_t>(image::detail::round_half_to_even(255 * std::clamp(statistics.mean[channel], 0.0, 1.0)));
  }
  int channels() const { return channels_; }
  /// The pixel nearest to the mean: round(255 mean), halves to even, from 0 to 255.
  const std::array<std::uint8_t, 3>& mean_pixel() const { return mean_; }
  float operator()(std::uint8_t value, std::size_t channel) const { return values_[channel][value]; }
  /// `pixels` are [count, channels].
  void apply(std::span<const std::uint8_t> pixels, float* to) const {
    if (channels_ == 1) {
      for (const std::uint8_t value : pixels) *to++ = values_[0][value];
      return;
    }
    for (std::size_t i = 0; i < pixels.size(); i += 3)
      for (std::size_t channel = 0; channel < 3; ++channel) *to++ = values_[channel][pixels[i + channel]];
  }

 private:
  int channels_;                                    ///< 1 or 3
  std::array<std::array<float, 256>, 3> values_{};  ///< [channel, value]
  std::array<std::uint8_t, 3> mean_{};              ///< of each channel
};

}  // namespace adatape::examples
