#pragma once
/// Products of bf16 with sums in fp32: the dot product of a pair of A and a pair of B, added to a sum. A pair has two adjacent k.
///
/// In both forms below the arithmetic of a lane is
///     sum + a0 b0 + a1 b1  computed as  fma(a0, b0, fma(a1, b1, sum))
/// The second product comes first. Each fma rounds once, to nearest even (twice where the instruction set has no fma).
///  - The form for AVX512-BF16 is the instruction VDPBF16PS. It takes every subnormal number for 0 of the same sign: values of A and B, the sum, and the result
///    of each fma. It does not look at the modes of MXCSR. Measured with 20 million random inputs, half of them of any bits, on an Intel CPU of family 6,
///    model 207. tests/simd/bf16_test.cpp repeats this on the CPU that runs it.
///  - The general form widens A and B to fp32, which is exact. It keeps subnormal numbers.
/// So the two forms give the same bits where no number is subnormal. core/namespace.hpp chooses the form.
#include <bit>
#include <cmath>
#include <cstring>

#include "adatape/core/bf16.hpp"
#include "adatape/core/multiply_add.hpp"
#include "adatape/simd/gemm_step.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::simd {

/// Whether products of bf16 take subnormal numbers for 0.
#if defined(ADATAPE_VDPBF16PS)
inline constexpr bool bf16_flushes = true;
#else
inline constexpr bool bf16_flushes = false;
#endif

namespace scalar {

/// The exact arithmetic of one lane of GemmStep<float, Bf16>.
inline float add_dot_of_pairs(const Bf16 (&a)[2], const Bf16 (&b)[2], float sum) {
  const auto flushed = [](float x) { return bf16_flushes && std::fpclassify(x) == FP_SUBNORMAL ? std::copysign(0.f, x) : x; };
  sum = flushed(sum);
  for (const int i : {1, 0}) sum = flushed(multiply_add(flushed(static_cast<float>(a[i])), flushed(static_cast<float>(b[i])), sum));
  return sum;
}

/// A value of A as products of bf16 read it.
inline Bf16 rounded_to_bf16(float x) { return Bf16(bf16_flushes && std::fpclassify(x) == FP_SUBNORMAL ? std::copysign(0.f, x) : x); }

}  // namespace scalar

#if defined(ADATAPE_VDPBF16PS)

/// A and B are read as pairs of bf16, in the lanes of a register.
template <>
struct GemmStep<float, Bf16> {
  using Scalar = float;
  using Left = Bf16;
  using Right = Bf16;
  static constexpr int depth = 2, parts = 1;

  template <int>
  static ADATAPE_INLINE __m512i left(const Bf16* a) {
    int pair;
    std::memcpy(&pair, a, sizeof pair);
    return _mm512_set1_epi32(pair);
  }
  template <int>
  static ADATAPE_INLINE __m512i right(const Bf16* b) {
    return _mm512_loadu_si512(b);
  }
  static ADATAPE_INLINE Batch<float> add_product(__m512i a, __m512i b, const Batch<float>& sum) {
    return _mm512_dpbf16_ps(sum, std::bit_cast<__m512bh>(a), std::bit_cast<__m512bh>(b));
  }

  /// Rounds values of A to nearest even. Subnormal numbers become 0.
  static ADATAPE_INLINE void store_left(Bf16* to, const Batch<float>& x) {
    const auto rounded = _mm512_cvtneps_pbh(x);
    std::memcpy(static_cast<void*>(to), &rounded, sizeof rounded);
  }
};

#else

/// A is read as floats that were rounded to bf16, so that a lane's value needs no shift for each row. B is read as pairs of bf16, and widened once for all rows
/// of a tile.
template <>
struct GemmStep<float, Bf16> {
  using Scalar = float;
  using Left = float;
  using Right = Bf16;
  static constexpr int depth = 2, parts = 2;  // part 0: the second of each pair

  template <int part>
  static ADATAPE_INLINE Batch<float> left(const float* a) {
    return splat(a[1 - part]);
  }
  template <int part>
  static ADATAPE_INLINE Batch<float> right(const Bf16* b) {
    Bits pairs;
    std::memcpy(&pairs, b, sizeof pairs);
    return floats(part == 0 ? pairs & 0xffff0000u : pairs << 16);
  }
  static ADATAPE_INLINE Batch<float> add_product(const Batch<float>& a, const Batch<float>& b, const Batch<float>& sum) { return fma(a, b, sum); }

  /// Rounds values of A to nearest even. NaN stays NaN.
  static ADATAPE_INLINE void store_left(float* to, const Batch<float>& x) {
    const auto bits = std::bit_cast<Bits>(static_cast<Register>(x));
    store(to, select(x == x, floats((bits + 0x7fffu + (bits >> 16 & 1u)) & 0xffff0000u), x));
  }

 private:
  using Register = Batch<float>::register_type;
  using Bits = std::uint32_t __attribute__((vector_size(sizeof(Register))));

  static ADATAPE_INLINE Batch<float> floats(Bits bits) { return std::bit_cast<Register>(bits); }
};

#endif

}  // namespace adatape::simd
