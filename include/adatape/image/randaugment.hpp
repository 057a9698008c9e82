#pragma once
/// RandAugment (Cubuk et al. 2020) with the sixteen operations of scenic and big_vision (autoaugment.py), their quirks included.

#include "adatape/core/random.hpp"
#include "adatape/image/geometry.hpp"
#include "adatape/image/sharpness.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::image::tensorflow {

/// The operations, in scenic's order.
enum class Operation : std::uint8_t {
  auto_contrast,
  equalize,
  invert,
  rotate,
  posterize,
  solarize,
  color,
  contrast,
  brightness,
  sharpness,
  shear_x,
  shear_y,
  translate_x,
  translate_y,
  cutout,
  solarize_add
};
inline constexpr int operation_count = 16;  ///< enumerators of Operation

/// What an operation is given at a level. Those of it that the operation does not take are not looked at.
struct OperationArguments {
  float amount = 0;          ///< factor, shear, pixels or degrees, without the sign that is drawn
  int whole = 0;             ///< bits, threshold, addition or half side
  bool either_sign = false;  ///< the amount is negated with probability 1/2
};

/// With u = level / 10: rotate +-30 u degrees; posterize keeps int(4 u) bits (8 at most), so all is black below level 2.5; solarize from int(256 u) modulo 256,
/// because the comparison is between bytes (level 10 inverts the picture, level 15 has threshold 128); solarize_add int(110 u); color, contrast, brightness and
/// sharpness with the factor 1.8 u + 0.1; shear +-0.3 u; translate +-100 u pixels; cutout with half side int(40 u).
inline OperationArguments operation_arguments(Operation operation, double level) {
  const double u = level / 10;
  const auto whole = [&](double most) { return static_cast<int>(u * most); };
  switch (operation) {
    case Operation::auto_contrast:
    case Operation::equalize:
    case Operation::invert:
      return {};
    case Operation::rotate:
      return {static_cast<float>(u * 30), 0, true};
    case Operation::posterize:
      return {0, std::min(whole(4), 8), false};
    case Operation::solarize:
      return {0, whole(256) % 256, false};
    case Operation::solarize_add:
      return {0, whole(110), false};
    case Operation::color:
    case Operation::contrast:
    case Operation::brightness:
    case Operation::sharpness:
      return {static_cast<float>(rounded(u * 1.8) + 0.1), 0, false};
    case Operation::shear_x:
    case Operation::shear_y:
      return {static_cast<float>(u * 0.3), 0, true};
    case Operation::translate_x:
    case Operation::translate_y:
      return {static_cast<float>(u * 100), 0, true};
    case Operation::cutout:
      return {0, whole(40), false};
  }
  return {};
}

/// One operation at a level, 0 <= level <= 100 (not checked). Takes a draw for the sign where there is one, and two for the centre of cutout, which is uniform
/// over all pixels.
inline Image apply_operation(Operation operation, const Image& picture, double level, Draws& draws) {
  const auto [size, whole, either_sign] = operation_arguments(operation, level);
  const float amount = either_sign && draws.uniform() < 0.5 ? -size : size;
  switch (operation) {
    case Operation::auto_contrast:
      return autocontrast(picture);
    case Operation::equalize:
      return equalize(picture);
    case Operation::invert:
      return invert(picture);
    case Operation::rotate:
      return rotate(picture, amount);
    case Operation::posterize:
      return posterize(picture, whole);
    case Operation::solarize:
      return solarize(picture, whole);
    case Operation::color:
      return color(picture, amount);
    case Operation::contrast:
      return contrast(picture, amount);
    case Operation::brightness:
      return brightness(picture, amount);
    case Operation::sharpness:
      return sharpness(picture, amount);
    case Operation::shear_x:
      return shear_x(picture, amount);
    case Operation::shear_y:
      return shear_y(picture, amount);
    case Operation::translate_x:
      return translate_x(picture, amount);
    case Operation::translate_y:
      return translate_y(picture, amount);
    case Operation::cutout: {
      const auto row = static_cast<Index>(draws.below(static_cast<std::uint64_t>(picture.height)));
      const auto column = static_cast<Index>(draws.below(static_cast<std::uint64_t>(picture.width)));
      return cutout(picture, row, column, whole, grey_fill);
    }
    case Operation::solarize_add:
      return solarize_add(picture, whole);
  }
  return picture;
}

/// `layers` times: one of the sixteen operations, each with the same probability, always applied, at level `magnitude`. AdaTape and AugReg's medium2 have
/// (2, 15). The result is a function of the picture, the numbers and the draws. Throws Error unless the picture has 3 channels, layers is 0 to 100 and
/// magnitude 0 to 100.
inline Image rand_augment(Image picture, int layers, double magnitude, Draws& draws) {
  detail::require_colour("rand_augment", picture);
  require(0 <= layers && layers <= 100 && 0 <= magnitude && magnitude <= 100, "rand_augment: wanted 0 to 100 layers and a magnitude of 0 to 100, found ",
          layers, " and ", magnitude);
  for (int layer = 0; layer < layers; ++layer) picture = apply_operation(static_cast<Operation>(draws.below(operation_count)), picture, magnitude, draws);
  return picture;
}

}  // namespace adatape::image::tensorflow
