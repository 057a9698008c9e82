#pragma once
/// Values as 8-bit integers with a common scale.
///
/// The values x of a column of a kernel, or of a row of activations, are kept as scale * q with integers q between -127 and 127:
///     scale = max(largest |x|, 2^-100) / 127, rounded up to 17 bits        q = x (1 / scale), rounded to nearest, ties to even
/// A scale has 17 bits so that scale * q is exact. So values that were quantised once keep their scale and their integers.
/// Where a value is infinite or NaN, every q is 0 and the scale is NaN.
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "adatape/core/types.hpp"

namespace adatape::inline ADATAPE_NAMESPACE {

/// The largest magnitude of an integer.
inline constexpr float int8_largest = 127;

/// How some values become integers.
struct Quantisation {
  float scale;    ///< NaN: a value is not finite
  float inverse;  ///< 1 / scale, rounded; 0: a value is not finite

  /// Of values whose largest magnitude is `largest` >= 0. Infinity and NaN say that a value is not finite.
  explicit Quantisation(float largest) {
    const float magnitude = largest < 0x1p-100f ? 0x1p-100f : largest;  // the inverse stays finite
    const bool finite = magnitude <= std::numeric_limits<float>::max();
    constexpr std::uint32_t dropped = 0x7f;  // the last 7 of 24 bits
    scale = finite ? std::bit_cast<float>((std::bit_cast<std::uint32_t>(magnitude / int8_largest) + dropped) & ~dropped)
                   : std::numeric_limits<float>::quiet_NaN();
    inverse = finite ? 1 / scale : 0.f;
  }

  /// x / scale as an integer; 0 where the scale is NaN. |x| is at most the largest value.
  std::int8_t integer(float x) const { return inverse != 0 ? static_cast<std::int8_t>(std::lrint(x * inverse)) : std::int8_t{0}; }
};

/// The quantisation of values at(0) to at(count - 1), one after the other.
template <class At>
Quantisation quantisation_of(Index count, const At& at) {
  float largest = 0;
  for (Index i = 0; i < count; ++i) {
    const float magnitude = std::abs(at(i));
    if (!(magnitude <= std::numeric_limits<float>::max())) return Quantisation(std::numeric_limits<float>::quiet_NaN());
    if (magnitude > largest) largest = magnitude;
  }
  return Quantisation(largest);
}

}  // namespace adatape
