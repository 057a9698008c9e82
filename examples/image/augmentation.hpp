#pragma once
/// Random variations of a training picture, a function of (seed, epoch, number of the sample) alone.
#include <algorithm>
#include <cmath>
#include <string>

#include "adatape/image/erasing.hpp"
#include "adatape/image/random_crop.hpp"
#include "picture_fit.hpp"
#include "pixels.hpp"
#include "rand_augment.hpp"

namespace adatape::examples {

struct Augmentation {
  std::string crop = "none";       ///< "none": as in tests; "inception": TensorFlow's; "timm": torchvision's and timm's, bicubic
  bool flip = false;               ///< mirror left and right with probability 1/2
  int shift = 0;                   ///< move by up to this many pixels along each axis, black comes in
  std::string rand_augment = "0";  ///< "0": none; "2,15": layers and magnitude of scenic's; "rand-m9-mstd0.5-inc1": timm's
  double erase = 0;                ///< probability of covering a rectangle
  std::string erase_rule = "mean";  ///< "mean": 2 % to 20 % of the image, with the mean pixel; "timm": 2 % to 33 %, with noise (image::erase_randomly)
};

/// Mirrors and moves `pixels` [height, width, channels], and calls put(byte, channel) for each value of the result, row-major.
template <std::size_t channels, class Put>
void move_pixels(bool mirrored, Index down, Index right, std::span<const std::uint8_t> pixels, Index height, Index width, Put& put) {
  for (Index y = 0; y < height; ++y) {
    const Index from_y = y - down;
    const std::uint8_t* row = from_y >= 0 && from_y < height ? pixels.data() + from_y * width * static_cast<Index>(channels) : nullptr;
    for (Index x = 0; x < width; ++x) {
      const Index shifted_x = x - right, from_x = mirrored ? width - 1 - shifted_x : shifted_x;
      const bool inside = row != nullptr && from_x >= 0 && from_x < width;
      for (std::size_t channel = 0; channel < channels; ++channel)
        put(inside ? row[from_x * static_cast<Index>(channels) + static_cast<Index>(channel)] : std::uint8_t{0}, channel);
    }
  }
}

/// From a picture of any size to the normalised values of a training sample: crop or fit, mirror and move, RandAugment, normalise, erase. Immutable: many
/// threads may call it at once.
class TrainingTransform {
 public:
  /// The model takes [height, width, channels]. The table says how many channels there are. As in timm, its mean pixel comes in from outside of the picture
  /// under timm's RandAugment. Throws Error for a RandAugment that cannot be.
  TrainingTransform(const Augmentation& how, const PictureFit& fit, Index height, Index width, const PixelTable& table)
      : how_(how), rand_augment_(RandAugment::parse(how.rand_augment)), fit_(fit), height_(height), width_(width), table_(table) {
    if (rand_augment_.timm) rand_augment_.timm->fill = table.mean_pixel();
  }

  /// Writes `picture`, varied and normalised, to `out`, [height, width, channels].
  void operator()(const image::Image& picture, Draws& draws, std::span<float> out) const {
    const auto sized = resized(picture, draws);
    const auto between = [&](Index low, Index high) { return low + static_cast<Index>(draws.below(static_cast<std::uint64_t>(high - low + 1))); };
    const bool mirrored = between(0, 1) == 1 && how_.flip;
    const Index down = between(-how_.shift, how_.shift), right = between(-how_.shift, how_.shift);
    if (rand_augment_.acts()) {
      image::Image moved(height_, width_, table_.channels());
      move(mirrored, down, right, sized.values, [to = moved.values.data()](std::uint8_t value, std::size_t) mutable { *to++ = value; });
      table_.apply(rand_augment_(std::move(moved), draws).values, out.data());
    } else {
      move(mirrored, down, right, sized.values, [this, to = out.data()](std::uint8_t value, std::size_t channel) mutable { *to++ = table_(value, channel); });
    }
    if (how_.erase > 0 && how_.erase_rule == "timm")
      image::erase_randomly(out, height_, width_, table_.channels(), {.probability = how_.erase}, draws);
    else if (how_.erase > 0 && draws.uniform() < how_.erase)
      erase(draws, between, out.data());
  }

 private:
  image::Image resized(const image::Image& picture, Draws& draws) const {
    if (how_.crop == "none") return fit_(picture, height_, width_, table_.channels());
    if (picture.channels != table_.channels()) return resized(with_channels(picture, table_.channels()), draws);
    if (how_.crop == "inception") return image::tensorflow::inception_crop(picture, height_, width_, draws);
    return image::pillow::resized_crop(picture, height_, width_, image::pillow::Filter::bicubic, draws);
  }

  template <class Put>
  void move(bool mirrored, Index down, Index right, std::span<const std::uint8_t> pixels, Put put) const {
    if (table_.channels() == 1)
      move_pixels<1>(mirrored, down, right, pixels, height_, width_, put);
    else
      move_pixels<3>(mirrored, down, right, pixels, height_, width_, put);
  }

  /// Random erasing (Zhong et al. 2020) by the rule "mean".
  template <class Between>
  void erase(Draws& draws, const Between& between, float* out) const {
    const double area = (0.02 + 0.18 * draws.uniform()) * static_cast<double>(height_ * width_), aspect = std::exp2(2 * draws.uniform() - 1);
    const Index channels = table_.channels();
    const Index box_height = std::clamp<Index>(std::lround(std::sqrt(area * aspect)), 1, height_);
    const Index box_width = std::clamp<Index>(std::lround(std::sqrt(area / aspect)), 1, width_);
    const Index top = between(0, height_ - box_height), left = between(0, width_ - box_width);
    for (Index y = top; y < top + box_height; ++y) std::fill_n(out + (y * width_ + left) * channels, box_width * channels, 0.0f);
  }

  Augmentation how_;
  RandAugment rand_augment_;
  PictureFit fit_;
  Index height_, width_;
  PixelTable table_;
};

}  // namespace adatape::examples
