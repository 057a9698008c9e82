#pragma once
/// Pairs of bf16 in the lanes of a batch of float: (first, second), the first at the lower address. Such a batch is for shuffles and stores. Its lanes are no
/// floats.
#include "adatape/simd/bf16_step.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::simd {

#if defined(ADATAPE_READS_BF16)

/// (x_l, y_l) in lane l, rounded to nearest even. NaN stays NaN. Subnormal numbers become 0.
ADATAPE_INLINE Batch<float> rounded_pairs(const Batch<float>& x, const Batch<float>& y) {
  const auto in_turn = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
  return _mm512_castsi512_ps(_mm512_maskz_permutexvar_epi16(static_cast<__mmask32>(-1), in_turn, std::bit_cast<__m512i>(_mm512_cvtne2ps_pbh(y, x))));
}
/// (x_0, x_1), (x_2, x_3) to the end of x, then the same of y, rounded alike.
ADATAPE_INLINE Batch<float> adjacent_pairs(const Batch<float>& x, const Batch<float>& y) {
  return _mm512_castsi512_ps(std::bit_cast<__m512i>(_mm512_cvtne2ps_pbh(y, x)));
}

#else

namespace detail {

/// The upper halves of the lanes are x, rounded.
ADATAPE_INLINE FloatBits rounded_bits(const Batch<float>& x) {
  const auto bits = std::bit_cast<FloatBits>(static_cast<FloatRegister>(x));
  const Batch<float> chosen = select(x == x, floats(bits + 0x7fffu + (bits >> 16 & 1u)), floats(bits | 0x400000u));
  return std::bit_cast<FloatBits>(static_cast<FloatRegister>(chosen));
}
template <int first, int... i>
ADATAPE_INLINE Batch<float> every_second(const Batch<float>& x, const Batch<float>& y, std::integer_sequence<int, i...>) {
  const FloatRegister a = x, b = y;
  return Batch<float>(static_cast<FloatRegister>(__builtin_shufflevector(a, b, (first + 2 * i)...)));
}

}  // namespace detail

/// (x_l, y_l) in lane l, rounded to nearest even. NaN stays NaN. Subnormal numbers are kept.
ADATAPE_INLINE Batch<float> rounded_pairs(const Batch<float>& x, const Batch<float>& y) {
  return detail::floats((detail::rounded_bits(x) >> 16) | (detail::rounded_bits(y) & 0xffff0000u));
}
/// (x_0, x_1), (x_2, x_3) to the end of x, then the same of y, rounded alike.
ADATAPE_INLINE Batch<float> adjacent_pairs(const Batch<float>& x, const Batch<float>& y) {
  constexpr auto all = std::make_integer_sequence<int, static_cast<int>(lanes<float>)>{};
  return rounded_pairs(detail::every_second<0>(x, y, all), detail::every_second<1>(x, y, all));
}

#endif

/// Writes 2 lanes values.
ADATAPE_INLINE void store_pairs(Bf16* to, const Batch<float>& pairs) {
  const typename Batch<float>::register_type bits = pairs;
  std::memcpy(static_cast<void*>(to), &bits, sizeof bits);
}

}  // namespace adatape::simd
