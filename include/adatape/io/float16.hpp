#pragma once
/// IEEE 754 binary16, a format of checkpoints. The type only stores values: it converts to float exactly, and arithmetic is done in float. The other 16-bit
/// format is Bf16 (core/bf16.hpp).
#include <bit>
#include <cstdint>

#include "adatape/core/namespace.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::io {

/// IEEE 754 binary16: 1 sign, 5 exponent and 10 fraction bits.
struct Float16 {
  std::uint16_t bits = 0;  ///< from the highest: sign, exponent, fraction

  Float16() = default;

  /// Rounds to nearest, ties to even. Magnitudes of 65520 and more become infinite. NaN stays NaN (quiet).
  explicit Float16(float value) {
    const auto all = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t sign = all >> 16 & 0x8000u, magnitude = all & 0x7fffffffu;
    std::uint32_t half = 0;
    if (magnitude > 0x7f800000u) {
      half = 0x7e00u | (magnitude >> 13 & 0x3ffu);
    } else if (magnitude >= 0x477ff000u) {
      half = 0x7c00u;
    } else if (magnitude < 0x38800000u) {  // below 2^-14: in the sum with 0.5 the last bit is worth 2^-24, as in a subnormal half
      half = std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + 0.5f) - std::bit_cast<std::uint32_t>(0.5f);
    } else {
      half = (magnitude + 0xfffu + (magnitude >> 13 & 1u) - 0x38000000u) >> 13;
    }
    bits = static_cast<std::uint16_t>(sign | half);
  }

  /// Exact. NaN stays NaN.
  explicit operator float() const {
    const std::uint32_t sign = (bits & 0x8000u) << 16, exponent = bits >> 10 & 0x1fu, fraction = bits & 0x3ffu;
    if (exponent == 0) {
      const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
      return sign != 0 ? -magnitude : magnitude;
    }
    const std::uint32_t wide_exponent = exponent == 0x1fu ? 0xffu : exponent + 112;
    return std::bit_cast<float>(sign | wide_exponent << 23 | fraction << 13);
  }
};

}  // namespace adatape::io
