#pragma once
/// How a picture of any size becomes the model's size where nothing is drawn: in tests, predictions, few-shot evaluation, and in training without a random
/// crop.
#include <cmath>
#include <string>

#include "adatape/image/crop.hpp"
#include "fitting.hpp"

namespace adatape::examples {

/// The rule, and for crops the share of the shorter side that stays: the shorter side becomes trunc(size / crop_share), and the middle is cut out.
///     stretch   both sides to the model's, bilinear as Pillow does it
///     scenic    TensorFlow's area for the shorter side: scenic and big_vision, 256 to 224 with 0.875
///     timm      Pillow's bicubic for the shorter side: timm and DeiT
/// A picture that has the model's size stays as it is under `stretch`.
struct PictureFit {
  std::string rule = "stretch";
  double crop_share = 0.875;

  bool operator==(const PictureFit&) const = default;
  bool crops() const { return rule != "stretch"; }

  /// The picture as height x width, in grey or in RGB as `channels` says. Throws Error as the resizes do. height = width where crops().
  image::Image operator()(const image::Image& picture, Index height, Index width, int channels) const {
    if (picture.channels != channels) return (*this)(with_channels(picture, channels), height, width, channels);
    if (!crops()) return fit_to(picture, height, width, channels);
    const auto shorter = static_cast<Index>(std::floor(static_cast<double>(height) / crop_share + 1e-9));
    if (rule == "scenic") return image::tensorflow::centre_crop(image::tensorflow::resize_small(picture, shorter), height, width);
    return image::pillow::centre_crop(image::pillow::resize_shorter(picture, shorter, image::pillow::Filter::bicubic), height, width);
  }
};

}  // namespace adatape::examples
