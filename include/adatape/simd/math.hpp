#pragma once
/// Elementary functions of batches. For float they are polynomials whose largest error was minimised (Remez); tests/simd/math_test.cpp checks the bounds.
/// For other types they are the standard library's functions, lane by lane. A NaN gives NaN and does not affect other lanes.
#include <bit>
#include <cmath>
#include <cstdint>

#include "adatape/simd/batch.hpp"
#include "adatape/simd/reduce.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::simd {

namespace detail {

template <class T, class F>
Batch<T> lane_by_lane(const Batch<T>& x, F&& f) {
  alignas(Batch<T>) T values[lanes<T>];
  x.store_aligned(values);
  for (T& value : values) value = f(value);
  return Batch<T>::load_aligned(values);
}

/// sum_i coefficients[i] x^i by Horner's rule.
template <std::size_t count>
ADATAPE_INLINE Batch<float> polynomial(const Batch<float>& x, const float (&coefficients)[count]) {
  Batch<float> sum = splat(coefficients[count - 1]);
  unroll<static_cast<int>(count) - 1>([&](auto i) ADATAPE_INLINE_LAMBDA { sum = fma(sum, x, splat(coefficients[count - 2 - i])); });
  return sum;
}

using Floats = Batch<float>;
using Integers = Batch<std::int32_t>;

/// std::bit_cast of batches. (On NEON xsimd::bitwise_cast is a function call.)
template <class To, class From>
ADATAPE_INLINE To same_bits(const From& x) {
  return std::bit_cast<typename To::register_type>(static_cast<typename From::register_type>(x));
}

/// A float plus this number is rounded to an integer, and the lowest bits of the sum are that integer.
inline constexpr float round_to_integer = 0x1.8p23f;

/// e^x = 2^n (1 + fraction), |fraction| < 0.42. `shifted` is round_to_integer + n.
struct PowerOfE {
  Floats shifted, fraction;
};

/// Precondition: |x| < 2^20. n is x / ln 2 rounded to an integer. fraction approximates e^r - 1 for r = x - n ln 2.
ADATAPE_INLINE PowerOfE power_of_e(const Floats& x) {
  const Floats shifted = fma(x, splat(0x1.715476p+0f), splat(round_to_integer));
  const Floats minus_n = splat(round_to_integer) - shifted;
  // ln 2 in two parts. The first part has so few bits that its product with n is exact.
  const Floats r = fma(minus_n, splat(-2.12194440e-4f), fma(minus_n, splat(0.693359375f), x));
  const Floats p = polynomial(r, {4.999999305e-1f, 1.66665148e-1f, 4.166845672e-2f, 8.369418229e-3f, 1.381314448e-3f});
  return {shifted, fma(r * r, p, r)};
}

/// 2^n for shifted = round_to_integer + n, -126 <= n <= 127.
ADATAPE_INLINE Floats power_of_two(const Floats& shifted) {
#if defined(__AVX512F__)
  return _mm512_maskz_scalef_ps(static_cast<__mmask16>(-1), splat(1.f), shifted - splat(round_to_integer));
#else
  const auto bits = same_bits<Integers>(shifted);
  return same_bits<Floats>((bits + Integers(127)) << 23);
#endif
}

/// value 2^n for shifted = round_to_integer + n, |n| <= 252. Also right where the result is infinite or subnormal.
ADATAPE_INLINE Floats times_power_of_two(const Floats& value, const Floats& shifted) {
#if defined(__AVX512F__)
  return _mm512_maskz_scalef_ps(static_cast<__mmask16>(-1), value, shifted - splat(round_to_integer));
#else
  const Integers n = same_bits<Integers>(shifted) - Integers(std::bit_cast<std::int32_t>(round_to_integer));
  const Integers half = n >> 1;
  const auto power = [](const Integers& exponent) { return same_bits<Floats>((exponent + Integers(127)) << 23); };
  return value * power(half) * power(n - half);
#endif
}

}  // namespace detail

/// e^x within 2 ulp, also where the result is subnormal.
template <class T>
ADATAPE_INLINE Batch<T> exp(const Batch<T>& x) {
  if constexpr (std::is_same_v<T, float>) {
    const auto power = detail::power_of_e(clamp(x, -110.f, 100.f));
    return detail::times_power_of_two(splat(1.f) + power.fraction, power.shifted);
  } else {
    return detail::lane_by_lane(x, [](T v) { return std::exp(v); });
  }
}

/// tanh x within 3 ulp: tanh |x| = d / (d + 2) with d = e^(2 |x|) - 1, and the sign of x.
template <class T>
ADATAPE_INLINE Batch<T> tanh(const Batch<T>& x) {
  if constexpr (std::is_same_v<T, float>) {
    const Batch<T> magnitude = min(splat(9.25f), abs(x));  // tanh(9.02) rounds to 1
    const auto power = detail::power_of_e(magnitude + magnitude);
    const Batch<T> scale = detail::power_of_two(power.shifted);
    const Batch<T> d = fma(scale, power.fraction, scale - splat(1.f));
    return copysign(divide(d, d + splat(2.f)), x);
  } else {
    return detail::lane_by_lane(x, [](T v) { return std::tanh(v); });
  }
}

/// 1 / (1 + e^-x) within 4 ulp, also where the result is small. For negative x it is computed as e^-|x| / (1 + e^-|x|).
template <class T>
ADATAPE_INLINE Batch<T> sigmoid(const Batch<T>& x) {
  const Batch<T> e = exp(-abs(x));
  return divide(select(x < splat(T(0)), e, splat(T(1))), splat(T(1)) + e);
}

/// erf x within 4 ulp: x (1 + P(x^2)) for |x| < 1, else 1 - e^Q(|x|) with the sign of x. P and Q are polynomials; Q approximates log erfc.
template <class T>
ADATAPE_INLINE Batch<T> erf(const Batch<T>& x) {
  if constexpr (std::is_same_v<T, float>) {
    const Batch<T> magnitude = min(splat(4.f), abs(x));  // erf(3.92) rounds to 1
    const Batch<T> near = detail::polynomial(
        magnitude * magnitude, {1.283791657e-1f, -3.761262582e-1f, 1.128358514e-1f, -2.685381149e-2f, 5.188326884e-3f, -8.010186862e-4f, 7.853839756e-5f});
    const Batch<T> far =
        detail::polynomial(magnitude, {-3.515900461e-4f, -1.12704836f, -6.382123802e-1f, -1.03048469e-1f, 2.181042217e-2f, -2.940832099e-3f, 1.856937942e-4f});
    const auto power = detail::power_of_e(far);
    const Batch<T> scale = detail::power_of_two(power.shifted);
    const Batch<T> one_minus = splat(1.f) - fma(scale, power.fraction, scale);
    return select(magnitude < splat(1.f), fma(x, near, x), copysign(one_minus, x));
  } else {
    return detail::lane_by_lane(x, [](T v) { return std::erf(v); });
  }
}

}  // namespace adatape::simd
