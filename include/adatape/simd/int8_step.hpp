#pragma once
/// Products of int8 with sums in int32, which are exact. So every form gives the same bits.
///
/// A value q of A lies in [-127, 127], as does a value w of B. There are four forms (core/namespace.hpp chooses one):
///  - The instruction VPDPBUSD of AVX512-VNNI and AVX-VNNI, four k. It wants A without a sign, so A is stored as q + 128. A sum starts from
///    -128 times the sum of the column of B.
///  - The instruction TDPBUSD of AMX, 64 k, with the same A.
///  - The instruction SDOT of NEON, four k. A is stored as q.
///  - The general form, one k, in fp32. Sums over int8_exact_depth k stay below 2^24, where fp32 holds every integer. Longer sums go on in int32.
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "adatape/simd/amx_step.hpp"
#include "adatape/simd/gemm_step.hpp"

#if defined(ADATAPE_SDOT)
#include <arm_neon.h>
#endif

namespace adatape::inline ADATAPE_NAMESPACE::simd {

#if defined(ADATAPE_VPDPBUSD) || defined(ADATAPE_SDOT)
template <>
struct GemmStep<std::int32_t, std::int8_t> {
  using Scalar = std::int32_t;
  using Right = std::int8_t;
#if defined(ADATAPE_SDOT)
  using Left = std::int8_t;
#else
  using Left = std::uint8_t;
#endif
  using Tile = GemmTile<float>;
  static constexpr int depth = 4;

  static ADATAPE_INLINE Batch<std::int32_t> left(const Left* a) {
    std::int32_t values;
    std::memcpy(&values, a, sizeof values);
    return splat(values);
  }
  static ADATAPE_INLINE Batch<std::int32_t> right(const Right* b) {
    Batch<std::int32_t>::register_type values;
    std::memcpy(&values, b, sizeof values);
    return values;
  }
  static ADATAPE_INLINE Batch<std::int32_t> add_product(const Batch<std::int32_t>& a, const Batch<std::int32_t>& b, const Batch<std::int32_t>& sum) {
#if defined(ADATAPE_SDOT)
    return vdotq_s32(sum, vreinterpretq_s8_s32(a), vreinterpretq_s8_s32(b));
#elif defined(__AVX512VNNI__)
    return _mm512_dpbusd_epi32(sum, a, b);
#else
    return _mm256_dpbusd_avx_epi32(sum, a, b);
#endif
  }
};
using Int8Step = GemmStep<std::int32_t, std::int8_t>;
#if defined(ADATAPE_SDOT)
inline constexpr const char* int8_path = "SDOT";  ///< the form of products of int8, for messages
#else
inline constexpr const char* int8_path = "VPDPBUSD";  ///< the form of products of int8, for messages
#endif
#elif defined(ADATAPE_AMX)
using Int8Step = AmxInt8Step;
inline constexpr const char* int8_path = "AMX";  ///< the form of products of int8, for messages
#else
/// A and B are widened to floats before the kernel runs.
using Int8Step = GemmStep<float, float>;
inline constexpr const char* int8_path = "fp32";  ///< the form of products of int8, for messages
#endif

/// Whether the kernel reads B as int8 and adds in int32.
inline constexpr bool reads_int8 = std::is_same_v<Int8Step::Right, std::int8_t>;
/// What is added to each value of A before it is stored.
inline constexpr std::int32_t int8_offset = std::is_same_v<Int8Step::Left, std::uint8_t> ? 128 : 0;
/// In a packed B so many k of a column are adjacent.
inline constexpr Index int8_packed = 4;
/// A packed B holds whole groups of so many k. Zeros fill up the last group.
inline constexpr Index int8_group = reads_int8 ? Int8Step::depth : int8_packed;
/// Most k of one chain of the general form: 127 * 127 * 1024 < 2^24.
inline constexpr Index int8_exact_depth = 1024;
/// Most k of a product: (127 + 128) * 127 * 2^16 < 2^31.
inline constexpr Index int8_most_depth = Index{1} << 16;

#if defined(ADATAPE_READS_INT8)

/// Writes a batch of integers between -127 and 127 as the kernel reads A.
ADATAPE_INLINE void store_quantised(Int8Step::Left* to, const Batch<std::int32_t>& integers) {
#if defined(__AVX512F__)
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm512_maskz_cvtepi32_epi8(static_cast<__mmask16>(-1), integers + splat(int8_offset)));
#else
  alignas(Batch<std::int32_t>) std::int32_t values[lanes<std::int32_t>];
  integers.store_aligned(values);
  for (Index l = 0; l < lanes<std::int32_t>; ++l) to[l] = static_cast<Int8Step::Left>(values[l] + int8_offset);
#endif
}

#if defined(__AVX512F__)
/// Writes four batches, one behind the other, in one store. Packing halves twice: it takes half the instructions of four stores.
ADATAPE_INLINE void store_quantised(Int8Step::Left* to, const std::array<Batch<std::int32_t>, 4>& integers) {
  using Lanes = std::int32_t __attribute__((vector_size(64)));
  const auto mixed = std::bit_cast<Lanes>(_mm512_packs_epi16(_mm512_packs_epi32(integers[0], integers[1]), _mm512_packs_epi32(integers[2], integers[3])));
  // Packing keeps 128 bits apart from 128 bits.
  const Lanes in_order = __builtin_shufflevector(mixed, mixed, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  const __m512i bytes = _mm512_xor_si512(std::bit_cast<__m512i>(in_order), _mm512_set1_epi8(static_cast<char>(int8_offset)));  // q + 128
  std::memcpy(to, &bytes, sizeof bytes);
}
#endif

#else

/// Writes a batch of integers between -127 and 127 as the kernel reads A.
ADATAPE_INLINE void store_quantised(float* to, const Batch<std::int32_t>& integers) { store(to, to_float(integers)); }

/// Values k = 0 .. 3 of `lanes` adjacent columns at b, as floats: to[k * k_stride + column].
ADATAPE_INLINE void widen_quadruples(const std::int8_t* b, float* to, Index k_stride) {
  using Integers = std::int32_t __attribute__((vector_size(sizeof(Batch<float>))));
  using Floats = float __attribute__((vector_size(sizeof(Batch<float>))));
  Integers quadruples;
  std::memcpy(&quadruples, b, sizeof quadruples);
  unroll<4>([&](auto k) ADATAPE_INLINE_LAMBDA {
    const auto values = __builtin_convertvector(quadruples << (24 - 8 * k) >> 24, Floats);
    std::memcpy(to + k * k_stride, &values, sizeof values);
  });
}

#endif

}  // namespace adatape::simd
