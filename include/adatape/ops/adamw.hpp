#pragma once
/// One AdamW step (Loshchilov and Hutter 2019) over flat memory, in one pass.
///     g = gradient_scale gradient,  m = b1 m + (1 - b1) g,  v = b2 v + (1 - b2) g^2
///     p -= rate (m first_correction / (sqrt(v second_correction) + epsilon) + decay p)
///
/// Tiny moments become 0. Arithmetic with subnormal numbers is slow: a step of a model with parameters that receive no gradient took 28 % longer. So in this
/// loop every number below the smallest normal number (1.2e-38 in float) counts as 0: moments, squares of gradients, and every product on the way. Where no
/// number is that small, no bit changes.
#include <atomic>
#include <cmath>

#include "adatape/core/parallel.hpp"
#include "adatape/ops/dispatch.hpp"
#include "adatape/simd/reduce.hpp"
#include "adatape/simd/subnormals.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::ops {

/// The constants of step t = 1, 2, 3 and so on.
template <class T>
struct AdamWStep {
  T beta1;              ///< b1: what is kept of the first moment m
  T beta2;              ///< b2: what is kept of the second moment v
  T first_correction;   ///< 1 / (1 - beta1^t)
  T second_correction;  ///< 1 / (1 - beta2^t)
  T epsilon;            ///< added to the divisor, which stays above 0
  T rate;               ///< learning rate
  T decay;              ///< weight decay; 0: none
  T gradient_scale;     ///< factor of all gradients; clipping for instance
};

namespace scalar {

/// The equations above, on the calling thread. Returns whether all of p and v are finite afterwards.
template <class T>
bool adamw(const AdamWStep<T>& step, const T* gradient, Index count, T* m, T* v, T* p) {
  bool finite = true;
  for (Index i = 0; i < count; ++i) {
    const T g = gradient[i] * step.gradient_scale;
    m[i] = step.beta1 * m[i] + (1 - step.beta1) * g;
    v[i] = step.beta2 * v[i] + (1 - step.beta2) * g * g;
    p[i] -= step.rate * (m[i] * step.first_correction / (std::sqrt(v[i] * step.second_correction) + step.epsilon) + step.decay * p[i]);
    finite = finite && std::isfinite(p[i]) && std::isfinite(v[i]);
  }
  return finite;
}

}  // namespace scalar

namespace vectorised {

inline bool adamw(const AdamWStep<float>& step, const float* gradient, Index count, float* m, float* v, float* p) {
  using simd::fma, simd::load_partial, simd::splat, simd::store_partial;
  const auto zero = splat(0.f);
  auto finite = zero;  // 0 times every result: NaN as soon as one is not finite
  simd::for_each_batch<float>(count, [&](Index i, Index n) {
    const auto g = load_partial(gradient + i, n) * splat(step.gradient_scale), parameter = load_partial(p + i, n);
    const auto first = fma(load_partial(m + i, n), splat(step.beta1), g * splat(1 - step.beta1));
    const auto second = fma(load_partial(v + i, n), splat(step.beta2), g * g * splat(1 - step.beta2));
    const auto direction = simd::divide(first * splat(step.first_correction), simd::sqrt(second * splat(step.second_correction)) + splat(step.epsilon));
    store_partial(m + i, first, n);
    store_partial(v + i, second, n);
    const auto updated = fma(splat(-step.rate), fma(splat(step.decay), parameter, direction), parameter);
    store_partial(p + i, updated, n);
    finite = fma(updated + second, zero, finite);
  });
  return simd::reduce_sum(finite) == 0;
}

}  // namespace vectorised

/// Updates m, v and p [count] by the equations above. gradient is [count]. None of the four arrays overlaps another. Returns whether all of p and v are finite
/// afterwards. If m, v, p and the gradient were finite, this is false only where the step overflowed. Throws as parallel_for does.
template <class T>
bool adamw(const AdamWStep<T>& step, const T* gradient, Index count, T* m, T* v, T* p) {
  std::atomic<bool> finite = true;
  parallel_chunks(count, 1 << 14, [&](Index begin, Index end) {
    const simd::FlushSubnormals flush;
    bool chunk_finite;
    if constexpr (is_vectorised<T>)
      chunk_finite = vectorised::adamw(step, gradient + begin, end - begin, m + begin, v + begin, p + begin);
    else
      chunk_finite = scalar::adamw(step, gradient + begin, end - begin, m + begin, v + begin, p + begin);
    if (!chunk_finite) finite.store(false, std::memory_order_relaxed);
  });
  return finite;
}

}  // namespace adatape::ops
