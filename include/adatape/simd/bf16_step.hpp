#pragma once
/// Products of bf16 with sums in fp32.
///
/// There are three forms (core/namespace.hpp chooses one). Each takes the k in groups of bf16_group, and an incomplete last group is filled up with zeros. Each
/// fma rounds once, to nearest even, and twice where the instruction set has no fma.
///  - The instruction VDPBF16PS of AVX512-BF16, a pair of k:      fma(a0, b0, fma(a1, b1, sum))
///  - The instruction TDPBF16PS of AMX, 16 pairs of k:            sum + (even + odd)
///    even = fma(a_30, b_30, ... fma(a_2, b_2, fma(a_0, b_0, 0))), odd likewise from a_1 b_1 to a_31 b_31.
///  - The general form, one k:                                    fma(a, b, sum)
///    A and B are widened to fp32, which is exact, before the kernel of fp32 runs. Subnormal numbers are kept. So the bits are those of a product in fp32 of
///    rounded A and rounded B.
/// Both instructions take every subnormal number for 0 of the same sign: values of A and B, sums, and the result of each operation. They do not look at the
/// modes of MXCSR. Measured on an Intel CPU of family 6, model 207, with random inputs, half of them of any bits: 20 million sums of VDPBF16PS and 5 million of
/// TDPBF16PS were equal to this description. tests/simd/bf16_test.cpp compares fewer on the CPU that runs it, and tests/emulated with functions that compute
/// what Intel's manual says. One case is open, because the inputs did not reach it. A result between 2^-151 and 2^-150 below the smallest normal number becomes
/// that number here. In the manual's mode, flush-to-zero, it is 0: that mode rounds to 24 bits before it looks at the exponent.
#include <bit>
#include <cmath>
#include <cstring>

#include "adatape/core/bf16.hpp"
#include "adatape/core/multiply_add.hpp"
#include "adatape/simd/amx_step.hpp"
#include "adatape/simd/gemm_step.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::simd {

#if defined(ADATAPE_VDPBF16PS)
/// sum + a0 b0 + a1 b1. A and B are read as pairs, one in each lane of a register.
template <>
struct GemmStep<float, Bf16> {
  using Scalar = float;
  using Left = Bf16;
  using Right = Bf16;
  using Tile = GemmTile<float>;
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
inline constexpr const char* bf16_path = "VDPBF16PS";  ///< the form of products of bf16, for messages
#elif defined(ADATAPE_AMX)
using Bf16Step = AmxBf16Step;
inline constexpr const char* bf16_path = "AMX";  ///< the form of products of bf16, for messages
#else
/// sum + a b, one k: A is rounded and B is widened before the kernel runs.
using Bf16Step = GemmStep<float, float>;
inline constexpr const char* bf16_path = "fp32";  ///< the form of products of bf16, for messages
#endif

/// Whether the kernel reads A and B as bf16.
inline constexpr bool reads_bf16 = std::is_same_v<Bf16Step::Left, Bf16>;
/// Whether subnormal numbers count as 0.
inline constexpr bool bf16_flushes = reads_bf16;
/// Adjacent k that a packed B holds completely. Values of one column and of a pair of k are adjacent.
inline constexpr Index bf16_group = reads_bf16 ? Bf16Step::depth : 2;

/// k as they stand in a packed B: the last group is filled up.
constexpr Index whole_bf16_groups(Index depth) { return (depth + bf16_group - 1) / bf16_group * bf16_group; }

#if defined(ADATAPE_READS_BF16)

/// Rounds a batch of A to nearest even. Subnormal numbers become 0.
ADATAPE_INLINE void store_rounded(Bf16* to, const Batch<float>& x) {
  const auto rounded = _mm512_cvtneps_pbh(x);
  std::memcpy(static_cast<void*>(to), &rounded, sizeof rounded);
}

#else

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

/// The exact arithmetic of one element of C over one group of k: bf16_group adjacent values of its row of A and of its column of B.
inline float add_dot_of_group(const Bf16* a, const Bf16* b, float sum) {
  const auto kept = [](float x) { return bf16_flushes && std::fpclassify(x) == FP_SUBNORMAL ? std::copysign(0.f, x) : x; };
  const auto add = [&](Index k, float to) { return kept(multiply_add(kept(static_cast<float>(a[k])), kept(static_cast<float>(b[k])), to)); };
  sum = kept(sum);
  if (!reads_bf16) return add(1, add(0, sum));
  if (bf16_group == 2) return add(0, add(1, sum));
  float even = 0, odd = 0;
  for (Index k = 0; k < bf16_group; k += 2) even = add(k, even), odd = add(k + 1, odd);
  return kept(sum + kept(even + odd));
}

/// A value of A as products of bf16 take it.
inline Bf16 rounded_to_bf16(float x) { return Bf16(bf16_flushes && std::fpclassify(x) == FP_SUBNORMAL ? std::copysign(0.f, x) : x); }

}  // namespace scalar
}  // namespace adatape::simd
