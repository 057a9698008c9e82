#pragma once
/// bfloat16: the upper 16 bits of a float. The type only stores values: it converts to float exactly, and arithmetic is done in float.
#include <bit>
#include <cstdint>

#include "adatape/core/namespace.hpp"

namespace adatape::inline ADATAPE_NAMESPACE {

/// 1 sign, 8 exponent and 7 fraction bits.
struct Bf16 {
  std::uint16_t bits = 0;  ///< the sign is bit 15, the exponent bits 14 to 7, the fraction bits 6 to 0

  Bf16() = default;

  /// Rounds to nearest, ties to even; NaN stays NaN (quiet). Magnitudes of 0x1.ffp127 (3.396e38) and more become infinite. Subnormal numbers are kept.
  explicit Bf16(float value) {
    const auto all = std::bit_cast<std::uint32_t>(value);
    const bool is_nan = (all & 0x7fffffffu) > 0x7f800000u;
    bits = static_cast<std::uint16_t>(is_nan ? all >> 16 | 0x40u : (all + 0x7fffu + (all >> 16 & 1u)) >> 16);
  }

  /// Exact. NaN stays NaN.
  explicit operator float() const { return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16); }
};

}  // namespace adatape
