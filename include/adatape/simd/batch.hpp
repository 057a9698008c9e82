#pragma once
/// Batches: as many values of T as one register holds; and the loop over an array in batches. They are those of xsimd, or on WebAssembly those of
/// simd/wasm_batch.hpp. Only the folder simd/ includes xsimd. No function of simd/ throws.
///
/// A loop written with for_each_batch runs the same arithmetic for full batches and for the tail. So the bits of an element depend neither on its position
/// nor on the length of the array. Products that are added to something are written as fma for the same reason: the compiler could choose one rounding in one
/// place and two in another place where the same function is inlined.
#include <cstdint>
#include <type_traits>
#include <utility>

#include "adatape/core/assert.hpp"
#include "adatape/core/types.hpp"
#if defined(__wasm_simd128__)
#include "adatape/simd/wasm_batch.hpp"
#else
#include <xsimd/xsimd.hpp>
#endif

#define ADATAPE_INLINE inline __attribute__((always_inline))
#define ADATAPE_INLINE_LAMBDA __attribute__((always_inline))

namespace adatape::inline ADATAPE_NAMESPACE::simd {

#if defined(__wasm_simd128__)
namespace registers = wasm::operations;
/// As many values of T as one register holds.
template <class T>
using Batch = wasm::Batch<T>;
/// A truth value for each lane of a Batch.
template <class T>
using Mask = wasm::Mask<T>;
#else
namespace registers = xsimd;
/// As many values of T as one register holds.
template <class T>
using Batch = xsimd::batch<T>;
/// A truth value for each lane of a Batch.
template <class T>
using Mask = xsimd::batch_bool<T>;
#endif

/// Number of values in a batch.
template <class T>
inline constexpr Index lanes = static_cast<Index>(Batch<T>::size);

/// A batch with `value` in every lane.
template <class T>
ADATAPE_INLINE Batch<T> splat(T value) {
  return Batch<T>(value);
}
/// Reads `lanes` adjacent values. The address needs no alignment beyond that of T.
template <class T>
ADATAPE_INLINE Batch<T> load(const T* from) {
  return Batch<T>::load_unaligned(from);
}
/// Writes `lanes` adjacent values. The address needs no alignment beyond that of T.
template <class T>
ADATAPE_INLINE void store(T* to, const Batch<T>& values) {
  values.store_unaligned(to);
}

/// x y + z, rounded once where the instruction set has fused multiply-add, else twice. (For AVX-512, xsimd 8.1 multiplies and adds, and leaves fusing to the
/// compiler.)
template <class T>
ADATAPE_INLINE Batch<T> fma(const Batch<T>& x, const Batch<T>& y, const Batch<T>& z) {
#if defined(__AVX512F__)
  if constexpr (std::is_same_v<T, float>) return _mm512_fmadd_ps(x, y, z);
  if constexpr (std::is_same_v<T, double>) return _mm512_fmadd_pd(x, y, z);
#endif
  return registers::fma(x, y, z);
}

namespace detail {

/// x < y ? x : y and x > y ? x : y lane by lane, one instruction on x86.
template <class T>
ADATAPE_INLINE Batch<T> min(const Batch<T>& x, const Batch<T>& y) {
#if defined(__AVX__)
  if constexpr (std::is_same_v<T, float> && sizeof(Batch<T>) == 32) return _mm256_min_ps(x, y);
  if constexpr (std::is_same_v<T, double> && sizeof(Batch<T>) == 32) return _mm256_min_pd(x, y);
#endif
#if defined(__SSE2__)
  if constexpr (std::is_same_v<T, float> && sizeof(Batch<T>) == 16) return _mm_min_ps(x, y);
  if constexpr (std::is_same_v<T, double> && sizeof(Batch<T>) == 16) return _mm_min_pd(x, y);
#elif defined(__wasm_simd128__)
  if constexpr (std::is_floating_point_v<T>) return registers::min(x, y);
#endif
  return registers::select(x < y, x, y);
}
template <class T>
ADATAPE_INLINE Batch<T> max(const Batch<T>& x, const Batch<T>& y) {
#if defined(__AVX__)
  if constexpr (std::is_same_v<T, float> && sizeof(Batch<T>) == 32) return _mm256_max_ps(x, y);
  if constexpr (std::is_same_v<T, double> && sizeof(Batch<T>) == 32) return _mm256_max_pd(x, y);
#endif
#if defined(__SSE2__)
  if constexpr (std::is_same_v<T, float> && sizeof(Batch<T>) == 16) return _mm_max_ps(x, y);
  if constexpr (std::is_same_v<T, double> && sizeof(Batch<T>) == 16) return _mm_max_pd(x, y);
#elif defined(__wasm_simd128__)
  if constexpr (std::is_floating_point_v<T>) return registers::max(x, y);
#endif
  return registers::select(x > y, x, y);
}

}  // namespace detail

// The zero-masked forms below are used because g++ 12 warns of the undefined pass-through operand of the plain forms (GCC bug 105593).

/// The smaller of each pair of lanes: x < y ? x : y. So where either is NaN the result is y, on every instruction set. (Versions of xsimd differ in the order
/// of the operands of minps and maxps. Arm's fmin returns NaN.)
template <class T>
ADATAPE_INLINE Batch<T> min(const Batch<T>& x, const Batch<T>& y) {
#if defined(__AVX512F__)
  if constexpr (std::is_same_v<T, float>) return _mm512_maskz_min_ps(static_cast<__mmask16>(-1), x, y);
  if constexpr (std::is_same_v<T, double>) return _mm512_maskz_min_pd(static_cast<__mmask8>(-1), x, y);
#endif
  return detail::min(x, y);
}
/// The larger of each pair of lanes: x > y ? x : y. So where either is NaN the result is y, on every instruction set.
template <class T>
ADATAPE_INLINE Batch<T> max(const Batch<T>& x, const Batch<T>& y) {
#if defined(__AVX512F__)
  if constexpr (std::is_same_v<T, float>) return _mm512_maskz_max_ps(static_cast<__mmask16>(-1), x, y);
  if constexpr (std::is_same_v<T, double>) return _mm512_maskz_max_pd(static_cast<__mmask8>(-1), x, y);
  if constexpr (std::is_same_v<T, std::int32_t>)
    return _mm512_maskz_max_epi32(static_cast<__mmask16>(-1), x, y);
  else  // without optimisation g++ 12 does not compile xsimd 8.1's select of integers for AVX512BW
#endif
    return detail::max(x, y);
}
/// x kept within [low, high], low <= high. NaN stays NaN.
template <class T>
ADATAPE_INLINE Batch<T> clamp(const Batch<T>& x, std::type_identity_t<T> low, std::type_identity_t<T> high) {
  return max(splat(low), min(splat(high), x));
}
/// Square roots, rounded once. (On NEON, xsimd 8.1 approximates square roots and quotients of floats.)
template <class T>
ADATAPE_INLINE Batch<T> sqrt(const Batch<T>& x) {
#if defined(__AVX512F__)
  if constexpr (std::is_same_v<T, float>) return _mm512_maskz_sqrt_ps(static_cast<__mmask16>(-1), x);
  if constexpr (std::is_same_v<T, double>) return _mm512_maskz_sqrt_pd(static_cast<__mmask8>(-1), x);
#elif defined(__aarch64__)
  if constexpr (std::is_same_v<T, float>) return vsqrtq_f32(x);
#endif
  return registers::sqrt(x);
}
/// x / y, rounded once. Use it instead of operator/.
template <class T>
ADATAPE_INLINE Batch<T> divide(const Batch<T>& x, const Batch<T>& y) {
#if defined(__aarch64__)
  if constexpr (std::is_same_v<T, float>) return vdivq_f32(x, y);
#endif
  return x / y;
}
/// Absolute values.
template <class T>
ADATAPE_INLINE Batch<T> abs(const Batch<T>& x) {
  return registers::abs(x);
}
/// Whether any lane of x is greater than the same lane of y.
template <class T>
ADATAPE_INLINE bool any_greater(const Batch<T>& x, const Batch<T>& y) {
  return registers::any(x > y);
}
/// Integers as floats, rounded to nearest even.
ADATAPE_INLINE Batch<float> to_float(const Batch<std::int32_t>& x) {
#if defined(__AVX512F__)
  return _mm512_maskz_cvtepi32_ps(static_cast<__mmask16>(-1), x);
#endif
  return registers::to_float(x);
}
/// Floats as integers, rounded to nearest even. |x| < 2^31.
ADATAPE_INLINE Batch<std::int32_t> rounded_to_integers(const Batch<float>& x) {
#if defined(__AVX512F__)
  return _mm512_maskz_cvtps_epi32(static_cast<__mmask16>(-1), x);
#endif
  return registers::nearbyint_as_int(x);
}
/// Lanes of x where `mask` holds, of y elsewhere.
template <class T>
ADATAPE_INLINE Batch<T> select(const Mask<T>& mask, const Batch<T>& x, const Batch<T>& y) {
  return registers::select(mask, x, y);
}
/// The magnitudes of x with the signs of y.
template <class T>
ADATAPE_INLINE Batch<T> copysign(const Batch<T>& x, const Batch<T>& y) {
  return registers::copysign(x, y);
}

/// The first `count` values at `from` in the first lanes, `rest` in the other lanes. 0 <= count <= lanes. Reads no other memory.
template <class T>
ADATAPE_INLINE Batch<T> load_partial(const T* from, Index count, std::type_identity_t<T> rest = 0) {
  ADATAPE_ASSERT(count >= 0 && count <= lanes<T>, "load_partial: the count must be at least 0 and at most the number of lanes");
  if (count == lanes<T>) return load(from);
#if defined(__AVX512F__)
  if constexpr (std::is_same_v<T, float>) return _mm512_mask_loadu_ps(splat(rest), static_cast<__mmask16>((1u << count) - 1u), from);
  if constexpr (std::is_same_v<T, double>) return _mm512_mask_loadu_pd(splat(rest), static_cast<__mmask8>((1u << count) - 1u), from);
#endif
  alignas(Batch<T>) T buffer[lanes<T>];
  for (Index i = 0; i < lanes<T>; ++i) buffer[i] = i < count ? from[i] : rest;
  return Batch<T>::load_aligned(buffer);
}

/// Writes the first `count` lanes. 0 <= count <= lanes. Writes no other memory.
template <class T>
ADATAPE_INLINE void store_partial(T* to, const Batch<T>& values, Index count) {
  ADATAPE_ASSERT(count >= 0 && count <= lanes<T>, "store_partial: the count must be at least 0 and at most the number of lanes");
  if (count == lanes<T>) return store(to, values);
#if defined(__AVX512F__)
  if constexpr (std::is_same_v<T, float>) return _mm512_mask_storeu_ps(to, static_cast<__mmask16>((1u << count) - 1u), values);
  if constexpr (std::is_same_v<T, double>) return _mm512_mask_storeu_pd(to, static_cast<__mmask8>((1u << count) - 1u), values);
#endif
  alignas(Batch<T>) T buffer[lanes<T>];
  values.store_aligned(buffer);
  for (Index i = 0; i < count; ++i) to[i] = buffer[i];
}

/// load_partial for values that are `stride` elements apart. The other lanes are 0.
template <class T>
ADATAPE_INLINE Batch<T> load_strided(const T* from, Index stride, Index count) {
  if (stride == 1) return load_partial(from, count);
  alignas(Batch<T>) T buffer[lanes<T>] = {};
  for (Index i = 0; i < count; ++i) buffer[i] = from[i * stride];
  return Batch<T>::load_aligned(buffer);
}
/// store_partial for values that will be `stride` elements apart.
template <class T>
ADATAPE_INLINE void store_strided(T* to, Index stride, const Batch<T>& values, Index count) {
  if (stride == 1) return store_partial(to, values, count);
  alignas(Batch<T>) T buffer[lanes<T>];
  values.store_aligned(buffer);
  for (Index i = 0; i < count; ++i) to[i * stride] = buffer[i];
}

/// Calls f(first, count) for the elements [first, first + count) of an array of n elements, in ascending order. count is `lanes` in all calls but the last,
/// where it may be less. f loads with load_partial(p + first, count) and stores with store_partial.
template <class T, class F>
ADATAPE_INLINE void for_each_batch(Index n, F&& f) {
  for (Index first = 0; first < n; first += lanes<T>) f(first, n - first < lanes<T> ? n - first : lanes<T>);
}

namespace detail {
template <class F, int... i>
ADATAPE_INLINE void unroll_sequence(F&& f, std::integer_sequence<int, i...>) {
  (f(std::integral_constant<int, i>{}), ...);
}
}  // namespace detail

/// Calls f(std::integral_constant<int, i>) for i = 0 .. count-1, unrolled before any optimisation: arrays of batches indexed by i stay in registers.
template <int count, class F>
ADATAPE_INLINE void unroll(F&& f) {
  detail::unroll_sequence(f, std::make_integer_sequence<int, count>{});
}

}  // namespace adatape::simd
