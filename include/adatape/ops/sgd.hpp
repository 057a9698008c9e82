#pragma once
/// One step of gradient descent with momentum over flat memory.
///     v = momentum v + gradient_scale gradient + decay p,  p -= rate v
/// Numbers below the smallest normal number count as 0, as in ops/adamw.hpp: the velocity of a parameter without gradients would stay subnormal for ever.
#include <atomic>
#include <cmath>

#include "adatape/core/multiply_add.hpp"
#include "adatape/core/parallel.hpp"
#include "adatape/simd/subnormals.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::ops {

/// The constants of a step.
template <class T>
struct SgdStep {
  T momentum;        ///< what is kept of the velocity v
  T rate;            ///< learning rate
  T decay;           ///< weight decay; 0: none
  T gradient_scale;  ///< factor of all gradients; clipping for instance
};

/// Updates v and p [count] by the equations above. gradient is [count]. None of the three arrays overlaps another. Returns whether all of p are finite
/// afterwards. Throws as parallel_for does.
template <class T>
bool sgd(const SgdStep<T>& step, const T* gradient, Index count, T* v, T* p) {
  std::atomic<bool> finite = true;
  parallel_chunks(count, 1 << 14, [&](Index begin, Index end) {
    const simd::FlushSubnormals flush;
    bool chunk_finite = true;
    for (Index i = begin; i < end; ++i) {
      v[i] = multiply_add(step.decay, p[i], multiply_add(step.momentum, v[i], gradient[i] * step.gradient_scale));
      p[i] = multiply_add(-step.rate, v[i], p[i]);
      chunk_finite = chunk_finite && std::isfinite(p[i]);
    }
    if (!chunk_finite) finite.store(false, std::memory_order_relaxed);
  });
  return finite;
}

}  // namespace adatape::ops
