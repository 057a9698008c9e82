#pragma once
/// timm's RandAugment with Pillow's operations (timm/data/auto_augment.py): "rand-m9-mstd0.5-inc1" and its family.
#include <array>

#include "adatape/core/random.hpp"
#include "adatape/image/affine.hpp"
#include "adatape/image/sharpness.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::image::pillow {

/// The parameters of timm's text rand-m..-n..-mstd..-mmax..-inc.; the defaults are DeiT's rand-m9-mstd0.5-inc1.
struct RandAugmentOptions {
  double magnitude = 9;              ///< m
  int layers = 2;                    ///< n
  double magnitude_deviation = 0.5;  ///< mstd: standard deviation of the level. Above 100, the level is uniform over 0 .. m
  double magnitude_most = 10;        ///< mmax: levels are cut to 0 .. mmax
  bool increasing = true;            ///< inc: posterize, solarize, color, contrast, brightness and sharpness grow with the level
  double probability = 0.5;          ///< of each drawn operation
  Colour fill{124, 116, 104};        ///< what comes in from outside of the picture: round(255 mean) of ImageNet
  std::array<Filter, 2> filters{Filter::bicubic,
                                Filter::bicubic};  ///< of the geometric operations: one of the two is drawn. timm's "random": bilinear, bicubic
};

namespace detail {

/// The fifteen operations in timm's order.
enum class Operation : std::uint8_t {
  auto_contrast,
  equalize,
  invert,
  rotate,
  posterize,
  solarize,
  solarize_add,
  color,
  contrast,
  brightness,
  sharpness,
  shear_x,
  shear_y,
  translate_x,
  translate_y
};
inline constexpr int operation_count = 15;

/// One operation at a level, u = level / 10. rotate +-30 u degrees, shear +-0.3 u, translate +-0.45 u of the side, solarize_add min(128, int(110 u)).
/// increasing: posterize keeps 4 - int(4 u) bits, solarize from 256 - min(256, int(256 u)), the factor of the enhancements is max(0.1, 1 +- 0.9 u).
/// Else: int(4 u) bits, min(256, int(256 u)), 1.8 u + 0.1. Takes a draw for each sign, and one for the filter.
inline Image apply_operation(Operation operation, const Image& picture, double level, const RandAugmentOptions& options, Draws& draws) {
  const double u = level / 10;
  const auto either_sign = [&](double value) { return draws.uniform() > 0.5 ? -value : value; };
  const auto filter = [&] { return options.filters[static_cast<std::size_t>(draws.below(2))]; };
  const auto factor = [&] { return static_cast<float>(options.increasing ? std::max(0.1, 1 + either_sign(rounded(u * 0.9))) : rounded(u * 1.8) + 0.1); };
  const auto moved = [&](const Matrix& matrix) { return affine(picture, matrix, filter(), options.fill); };
  switch (operation) {
    case Operation::auto_contrast:
      return autocontrast(picture);
    case Operation::equalize:
      return equalize(picture);
    case Operation::invert:
      return invert(picture);
    case Operation::rotate: {
      const double degrees = either_sign(u * 30);
      return rotate(picture, degrees, filter(), options.fill);
    }
    case Operation::posterize: {
      const int bits = static_cast<int>(u * 4);
      return posterize(picture, std::clamp(options.increasing ? 4 - bits : bits, 0, 8));
    }
    case Operation::solarize: {
      const int threshold = std::min(static_cast<int>(u * 256), 256);
      return solarize(picture, options.increasing ? 256 - threshold : threshold);
    }
    case Operation::solarize_add:
      return solarize_add(picture, std::min(static_cast<int>(u * 110), 128));
    case Operation::color:
      return color(picture, factor());
    case Operation::contrast:
      return contrast(picture, factor());
    case Operation::brightness:
      return brightness(picture, factor());
    case Operation::sharpness:
      return sharpness(picture, factor());
    case Operation::shear_x:
      return moved({1, either_sign(u * 0.3), 0, 0, 1, 0});
    case Operation::shear_y:
      return moved({1, 0, 0, either_sign(u * 0.3), 1, 0});
    case Operation::translate_x:
      return moved({1, 0, rounded(either_sign(u * 0.45) * static_cast<double>(picture.width)), 0, 1, 0});
    case Operation::translate_y:
      return moved({1, 0, 0, 0, 1, rounded(either_sign(u * 0.45) * static_cast<double>(picture.height))});
  }
  return picture;
}

}  // namespace detail

/// options.layers times: one of the fifteen operations, drawn with replacement, each with the same probability, applied with options.probability at a level
/// drawn for it. The result is a function of the picture, the options and the draws. Throws Error for options outside of 0 to 100 layers, magnitudes of 0 to
/// 100, deviations of at least 0 and probabilities of 0 to 1.
inline Image rand_augment(Image picture, const RandAugmentOptions& options, Draws& draws) {
  require(0 <= options.layers && options.layers <= 100 && 0 <= options.magnitude && options.magnitude <= 100 && options.magnitude_deviation >= 0 &&
              0 <= options.magnitude_most && options.magnitude_most <= 100 && 0 <= options.probability && options.probability <= 1,
          "rand_augment: wanted 0 to 100 layers, magnitudes of 0 to 100, a deviation of at least 0, a probability of 0 to 1, found ", options.layers, ", ",
          options.magnitude, " (at most ", options.magnitude_most, "), ", options.magnitude_deviation, ", ", options.probability);
  for (int layer = 0; layer < options.layers; ++layer) {
    const auto operation = static_cast<detail::Operation>(draws.below(detail::operation_count));
    if (draws.uniform() > options.probability) continue;
    double level = options.magnitude;
    if (options.magnitude_deviation > 100)
      level = draws.uniform(0, level);
    else if (options.magnitude_deviation > 0)
      level += rounded(options.magnitude_deviation * draws.normal());
    picture = detail::apply_operation(operation, picture, std::clamp(level, 0.0, options.magnitude_most), options, draws);
  }
  return picture;
}

}  // namespace adatape::image::pillow
