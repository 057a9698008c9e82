#pragma once
/// One AdamW step over flat memory, in one pass.
///     g = gradient_scale gradient,  m = b1 m + (1 - b1) g,  v = b2 v + (1 - b2) g^2
///     p -= rate (m first_correction / (sqrt(v second_correction) + epsilon) + decay p)
///
/// Tiny moments become 0. Arithmetic with subnormal numbers is slow (a step of a model with parameters that receive no gradient took 28 % longer): so m
/// and v below the smallest normal number (1.2e-38 in float) are stored as 0, and of |g| < sqrt(8192 times that number) (9.8e-18 in float) the square
/// counts as 0. Where no moment is that small no bit changes.
#include <atomic>
#include <cmath>
#include <limits>

#include "adatape/core/parallel.hpp"
#include "adatape/ops/dispatch.hpp"
#include "adatape/simd/reduce.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::ops {

/// The constants of a step; the corrections are 1 / (1 - beta^t).
template <class T>
struct AdamWStep {
  T beta1, beta2, first_correction, second_correction, epsilon, rate, decay, gradient_scale;
};

/// Moments of smaller magnitude become 0.
template <class T>
inline constexpr T kSmallestMoment = std::numeric_limits<T>::min();

/// A gradient of smaller magnitude has the square 0: (1 - beta2) g^2 would be subnormal, of any beta2 <= 1 - 1 / 8192.
template <class T>
constexpr T smallest_squared_gradient() {
  T bound = 1;
  while (bound * bound / 4 >= 8192 * kSmallestMoment<T>) bound /= 2;
  return bound;
}

namespace reference {

/// Returns whether all of p and v are finite afterwards.
template <class T>
bool adamw(const AdamWStep<T>& step, const T* gradient, Index count, T* m, T* v, T* p) {
  bool finite = true;
  for (Index i = 0; i < count; ++i) {
    const T g = gradient[i] * step.gradient_scale;
    m[i] = step.beta1 * m[i] + (1 - step.beta1) * g;
    const T squared = std::abs(g) < smallest_squared_gradient<T>() ? T(0) : g;
    v[i] = step.beta2 * v[i] + (1 - step.beta2) * squared * squared;
    if (std::abs(m[i]) < kSmallestMoment<T>) m[i] = 0;
    if (v[i] < kSmallestMoment<T>) v[i] = 0;
    p[i] -= step.rate * (m[i] * step.first_correction / (std::sqrt(v[i] * step.second_correction) + step.epsilon) + step.decay * p[i]);
    finite = finite && std::isfinite(p[i]) && std::isfinite(v[i]);
  }
  return finite;
}

}  // namespace reference

namespace vectorised {

inline bool adamw(const AdamWStep<float>& step, const float* gradient, Index count, float* m, float* v, float* p) {
  using simd::fma, simd::load_partial, simd::splat, simd::store_partial;
  const auto zero = splat(0.f), smallest = splat(kSmallestMoment<float>), smallest_squared = splat(smallest_squared_gradient<float>());
  auto finite = zero;  // 0 times every result: NaN as soon as one is not finite
  simd::for_each_batch<float>(count, [&](Index i, Index n) {
    const auto g = load_partial(gradient + i, n) * splat(step.gradient_scale), parameter = load_partial(p + i, n);
    const auto squared = simd::select(simd::abs(g) < smallest_squared, zero, g);
    auto first = fma(load_partial(m + i, n), splat(step.beta1), g * splat(1 - step.beta1));
    auto second = fma(load_partial(v + i, n), splat(step.beta2), squared * squared * splat(1 - step.beta2));
    first = simd::select(simd::abs(first) < smallest, zero, first);
    second = simd::select(second < smallest, zero, second);
    const auto direction = simd::divide(first * splat(step.first_correction), simd::sqrt(second * splat(step.second_correction)) + splat(step.epsilon));
    store_partial(m + i, first, n);
    store_partial(v + i, second, n);
    const auto updated = fma(splat(-step.rate), fma(splat(step.decay), parameter, direction), parameter);
    store_partial(p + i, updated, n);
    finite = fma(updated, zero, fma(second, zero, finite));
  });
  return simd::reduce_sum(finite) == 0;
}

}  // namespace vectorised

/// Updates m, v and p [count], none of which overlaps another or the gradient. Returns whether all of p and v are finite afterwards; they are as long as
/// they and the gradients were, unless a product overflows.
template <class T>
bool adamw(const AdamWStep<T>& step, const T* gradient, Index count, T* m, T* v, T* p) {
  std::atomic<bool> finite = true;
  parallel_chunks(count, 1 << 14, [&](Index begin, Index end) {
    bool chunk_finite;
    if constexpr (is_vectorised<T>)
      chunk_finite = vectorised::adamw(step, gradient + begin, end - begin, m + begin, v + begin, p + begin);
    else
      chunk_finite = reference::adamw(step, gradient + begin, end - begin, m + begin, v + begin, p + begin);
    if (!chunk_finite) finite.store(false, std::memory_order_relaxed);
  });
  return finite;
}

}  // namespace adatape::ops
