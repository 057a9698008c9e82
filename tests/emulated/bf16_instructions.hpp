#pragma once
/// AVX512-BF16 without the instructions, after the operations in Intel's manual.
#include <cmath>
#include <cstring>

#include "bf16_arithmetic.hpp"

namespace emulated {

/// VDPBF16PS: in each lane sum + a_1 b_1, then + a_0 b_0, each rounded once.
[[gnu::noinline]] inline __m512 vdpbf16ps(__m512 sum, __m512bh a, __m512bh b) {
  const auto of_a = std::bit_cast<Words>(a), of_b = std::bit_cast<Words>(b);
  const FlushingMode mode;
  sum = add_product(upper_values(of_a), upper_values(of_b), sum);
  return add_product(lower_values(of_a), lower_values(of_b), sum);
}

/// A float rounded to nearest even. Subnormal numbers become 0 of their sign, and NaN becomes quiet.
inline std::uint16_t rounded_to_bf16(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const auto upper = static_cast<std::uint16_t>(bits >> 16);
  switch (std::fpclassify(x)) {
    case FP_ZERO:
    case FP_SUBNORMAL:
      return upper & 0x8000;
    case FP_INFINITE:
      return upper;
    case FP_NAN:
      return upper | 0x40;
    default:
      return static_cast<std::uint16_t>((bits + 0x7fff + upper % 2) >> 16);
  }
}
inline void round_to_bf16(__m512 x, std::uint16_t* to) {
  float values[16];
  std::memcpy(values, &x, sizeof values);
  for (int l = 0; l < 16; ++l) to[l] = rounded_to_bf16(values[l]);
}

/// VCVTNEPS2BF16: 16 values.
[[gnu::noinline]] inline __m256bh vcvtneps2bf16(__m512 x) {
  std::uint16_t values[16];
  round_to_bf16(x, values);
  __m256bh result;
  std::memcpy(&result, values, sizeof result);
  return result;
}

/// VCVTNE2PS2BF16: the values of `lower`, then those of `upper`. The instruction's first operand is `upper`.
[[gnu::noinline]] inline __m512bh vcvtne2ps2bf16(__m512 upper, __m512 lower) {
  std::uint16_t values[32];
  round_to_bf16(lower, values);
  round_to_bf16(upper, values + 16);
  __m512bh result;
  std::memcpy(&result, values, sizeof result);
  return result;
}

}  // namespace emulated
