#pragma once
/// Products of bf16 with sums in fp32: the dot product of a pair of A and a pair of B, added to a sum. A pair has two adjacent k, 0 and 1.
///
/// There are two forms (core/namespace.hpp chooses one). Each fma rounds once, to nearest even, and twice where the instruction set has no fma.
///  - The instruction VDPBF16PS of AVX512-BF16:    fma(a0, b0, fma(a1, b1, sum))
///    It takes every subnormal number for 0 of the same sign: values of A and B, the sum, and the result of each fma. It does not look at the modes of
///    MXCSR. Measured with 20 million random inputs, half of them of any bits, on an Intel CPU of family 6, model 207. tests/simd/bf16_test.cpp compares
///    fewer on the CPU that runs it.
///  - The general form:                            fma(a1, b1, fma(a0, b0, sum))
///    A and B are widened to fp32, which is exact, before the kernel of fp32 runs. Subnormal numbers are kept. So the bits are those of a product in fp32 of
///    rounded A and rounded B.
#include <bit>
#include <cmath>
#include <cstring>

#include "adatape/core/bf16.hpp"
#include "adatape/core/multiply_add.hpp"
#include "adatape/simd/gemm_step.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::simd {

#if defined(ADATAPE_VDPBF16PS)

/// sum + a0 b0 + a1 b1. A and B are read as pairs, one in each lane of a register.
template <>
struct GemmStep<float, Bf16> {
  using Scalar = float;
  using Left = Bf16;
  using Right = Bf16;
  static constexpr int depth = 2;

  static ADATAPE_INLINE __m512i left(const Bf16* a) {
    int pair;
    std::memcpy(&pair, a, sizeof pair);
    return _mm512_set1_epi32(pair);
  }
  static ADATAPE_INLINE __m512i right(const Bf16* b) { return _mm512_loadu_si512(b); }
  static ADATAPE_INLINE Batch<float> add_product(__m512i a, __m512i b, const Batch<float>& sum) {
    return _mm512_dpbf16_ps(sum, std::bit_cast<__m512bh>(a), std::bit_cast<__m512bh>(b));
  }
};
using Bf16Step = GemmStep<float, Bf16>;
inline constexpr bool bf16_flushes = true;

/// Rounds a batch of A to nearest even. Subnormal numbers become 0.
ADATAPE_INLINE void store_rounded(Bf16* to, const Batch<float>& x) {
  const auto rounded = _mm512_cvtneps_pbh(x);
  std::memcpy(static_cast<void*>(to), &rounded, sizeof rounded);
}

#else

/// sum + a b, one k: A is rounded and B is widened before the kernel runs.
using Bf16Step = GemmStep<float, float>;
inline constexpr bool bf16_flushes = false;

namespace detail {

using FloatRegister = Batch<float>::register_type;
using FloatBits = std::uint32_t __attribute__((vector_size(sizeof(FloatRegister))));
ADATAPE_INLINE Batch<float> floats(FloatBits bits) { return std::bit_cast<FloatRegister>(bits); }

}  // namespace detail

/// Rounds a batch of A to nearest even. NaN stays NaN.
ADATAPE_INLINE void store_rounded(float* to, const Batch<float>& x) {
  const auto bits = std::bit_cast<detail::FloatBits>(static_cast<detail::FloatRegister>(x));
  store(to, select(x == x, detail::floats((bits + 0x7fffu + (bits >> 16 & 1u)) & 0xffff0000u), x));
}

/// The first and the second values of `lanes` pairs at b.
ADATAPE_INLINE void widen_pairs(const Bf16* b, float* first, float* second) {
  detail::FloatBits pairs;
  std::memcpy(&pairs, b, sizeof pairs);
  store(first, detail::floats(pairs << 16));
  store(second, detail::floats(pairs & 0xffff0000u));
}

#endif

namespace scalar {

/// The exact arithmetic of one element of C over one pair of k.
inline float add_dot_of_pairs(const Bf16 (&a)[2], const Bf16 (&b)[2], float sum) {
  const auto kept = [](float x) { return bf16_flushes && std::fpclassify(x) == FP_SUBNORMAL ? std::copysign(0.f, x) : x; };
  sum = kept(sum);
  for (int i : {0, 1}) {
    if (bf16_flushes) i = 1 - i;
    sum = kept(multiply_add(kept(static_cast<float>(a[i])), kept(static_cast<float>(b[i])), sum));
  }
  return sum;
}

/// A value of A as products of bf16 take it.
inline Bf16 rounded_to_bf16(float x) { return Bf16(bf16_flushes && std::fpclassify(x) == FP_SUBNORMAL ? std::copysign(0.f, x) : x); }

}  // namespace scalar
}  // namespace adatape::simd
