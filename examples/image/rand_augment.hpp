#pragma once
/// The text that says which RandAugment a run has.
#include <optional>
#include <string>

#include "adatape/image/randaugment.hpp"
#include "adatape/image/timm_randaugment.hpp"

namespace adatape::examples {

/// scenic's RandAugment, timm's, or none.
///     0                        none
///     2,15                     scenic's: layers, magnitude
///     rand-m9-mstd0.5-inc1     timm's: m, n, mstd, mmax, p and inc, in any order (timm/data/auto_augment.py); what is not named has DeiT's value
struct RandAugment {
  int layers = 0;                                         ///< of scenic's
  double magnitude = 0;                                   ///< of scenic's
  std::optional<image::pillow::RandAugmentOptions> timm;  ///< in place of scenic's

  /// Throws Error, which says what is wanted, for a text of another form.
  static RandAugment parse(const std::string& text);
  bool acts() const { return layers > 0 || timm; }
  /// Of an RGB picture. Throws Error as rand_augment does.
  image::Image operator()(image::Image picture, Draws& draws) const {
    return timm ? image::pillow::rand_augment(std::move(picture), *timm, draws) : image::tensorflow::rand_augment(std::move(picture), layers, magnitude, draws);
  }
};

}  // namespace adatape::examples
