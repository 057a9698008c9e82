#pragma once
/// One AdamW step over flat memory, in one pass.
///     g = gradient_scale gradient,  m = b1 m + (1 - b1) g,  v = b2 v + (1 - b2) g^2
///     p -= rate (m first_correction / (sqrt(v second_correction) + epsilon) + decay p)
#include <cmath>

#include "adatape/core/parallel.hpp"
#include "adatape/ops/dispatch.hpp"
#include "adatape/simd/batch.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::ops {

/// The constants of a step; the corrections are 1 / (1 - beta^t).
template <class T>
struct AdamWStep {
  T beta1, beta2, first_correction, second_correction, epsilon, rate, decay, gradient_scale;
};

namespace reference {

template <class T>
void adamw(const AdamWStep<T>& step, const T* gradient, Index count, T* m, T* v, T* p) {
  for (Index i = 0; i < count; ++i) {
    const T g = gradient[i] * step.gradient_scale;
    m[i] = step.beta1 * m[i] + (1 - step.beta1) * g;
    v[i] = step.beta2 * v[i] + (1 - step.beta2) * g * g;
    p[i] -= step.rate * (m[i] * step.first_correction / (std::sqrt(v[i] * step.second_correction) + step.epsilon) + step.decay * p[i]);
  }
}

}  // namespace reference

namespace vectorised {

inline void adamw(const AdamWStep<float>& step, const float* gradient, Index count, float* m, float* v, float* p) {
  using simd::fma, simd::load_partial, simd::splat, simd::store_partial;
  simd::for_each_batch<float>(count, [&](Index i, Index n) {
    const auto g = load_partial(gradient + i, n) * splat(step.gradient_scale), parameter = load_partial(p + i, n);
    const auto first = fma(load_partial(m + i, n), splat(step.beta1), g * splat(1 - step.beta1));
    const auto second = fma(load_partial(v + i, n), splat(step.beta2), g * g * splat(1 - step.beta2));
    const auto direction = simd::divide(first * splat(step.first_correction), simd::sqrt(second * splat(step.second_correction)) + splat(step.epsilon));
    store_partial(m + i, first, n);
    store_partial(v + i, second, n);
    store_partial(p + i, fma(splat(-step.rate), fma(splat(step.decay), parameter, direction), parameter), n);
  });
}

}  // namespace vectorised

/// Updates m, v and p [count].
template <class T>
void adamw(const AdamWStep<T>& step, const T* gradient, Index count, T* m, T* v, T* p) {
  parallel_chunks(count, 1 << 14, [&](Index begin, Index end) {
    if constexpr (is_vectorised<T>)
      vectorised::adamw(step, gradient + begin, end - begin, m + begin, v + begin, p + begin);
    else
      reference::adamw(step, gradient + begin, end - begin, m + begin, v + begin, p + begin);
  });
}

}  // namespace adatape::ops
