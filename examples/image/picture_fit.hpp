#pragma once
/// How a picture of any size becomes the model's size where nothing is drawn: in tests, predictions, few-shot evaluation, and in training without a random
/// crop.
#include <cmath>
#include <string>
#include <string_view>

#include "adatape/image/crop.hpp"
#include "adatape/io/text.hpp"
#include "fitting.hpp"

namespace adatape::examples {

/// How pixels between pixels are found under a rule unless something else is said.
inline const char* usual_interpolation(std::string_view rule) { return rule == "timm" ? "bicubic" : rule == "scenic" ? "area" : "bilinear"; }

/// Whether `rule` takes the interpolation: Pillow's rules take bilinear and bicubic, TensorFlow's have one each.
inline bool takes_interpolation(std::string_view rule, std::string_view interpolation) {
  if (rule == "scenic" || rule == "big_vision") return interpolation == usual_interpolation(rule);
  return interpolation == "bilinear" || interpolation == "bicubic";
}

/// The rule, and for crops the share of a side that stays: a side becomes trunc(size / crop_share), and the middle is cut out.
///     stretch        both sides to the model's, as Pillow does it: Hugging Face's ViT
///     stretch-crop   both sides to more than the model's, as Pillow does it, and the middle of that: Hugging Face's DeiT
///     scenic         TensorFlow's area for the shorter side: scenic and big_vision, 256 to 224 with 0.875
///     big_vision     both sides to more than the model's, as TensorFlow's bilinear without antialias does it, and the middle of that: the few-shot evaluation
///                    of big_vision (configs/common_fewshot.py), 256 to 224 with 0.875
///     timm           the shorter side as Pillow does it: timm and DeiT (bicubic), torchvision (bilinear)
/// A picture that has the model's size stays as it is under `stretch`.
struct PictureFit {
  std::string rule = "stretch";
  double crop_share = 0.875;
  std::string interpolation = "bilinear";  ///< takes_interpolation

  bool operator==(const PictureFit&) const = default;
  bool crops() const { return rule != "stretch"; }
  /// The side of the picture that a side of `size` pixels is cut out of.
  Index side_before_crop(Index size) const { return crops() ? static_cast<Index>(std::floor(static_cast<double>(size) / crop_share + 1e-9)) : size; }
  /// For people.
  std::string text() const {
    const auto share = crops() ? " with crop share " + io::number_text(crop_share) : "";
    return rule + share + (interpolation == usual_interpolation(rule) ? "" : ", " + interpolation);
  }

  /// The picture as height x width, in grey or in RGB as `channels` says. Throws Error as the resizes do. height = width where crops().
  image::Image operator()(const image::Image& picture, Index height, Index width, int channels) const {
    if (picture.channels != channels) return (*this)(with_channels(picture, channels), height, width, channels);
    const auto filter = interpolation == "bicubic" ? image::pillow::Filter::bicubic : image::pillow::Filter::bilinear;
    if (!crops()) return fit_to(picture, height, width, channels, filter);
    const Index size = side_before_crop(height);
    if (rule == "scenic") return image::tensorflow::centre_crop(image::tensorflow::resize_small(picture, size), height, width);
    if (rule == "big_vision") return image::tensorflow::centre_crop(image::tensorflow::resize_bilinear(picture, size, size), height, width);
    const auto larger = rule == "timm" ? image::pillow::resize_shorter(picture, size, filter) : image::pillow::resize(picture, size, size, filter);
    return image::pillow::centre_crop(larger, height, width);
  }
};

/// What a command line says of a PictureFit; empty texts and 0: nothing.
struct FitFlags {
  std::string rule = {}, interpolation = {};  ///< interpolation: "auto" is the usual one of the rule
  double crop_share = 0;

  /// `fit`, but for what is said here. Another rule comes with its usual interpolation.
  PictureFit over(PictureFit fit) const {
    if (!rule.empty() && rule != fit.rule) fit = {rule, fit.crop_share, usual_interpolation(rule)};
    if (crop_share > 0) fit.crop_share = crop_share;
    if (!interpolation.empty()) fit.interpolation = interpolation == "auto" ? usual_interpolation(fit.rule) : interpolation;
    return fit;
  }
};

}  // namespace adatape::examples
