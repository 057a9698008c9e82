#pragma once
/// Sums over rows and elementwise sums. Their order does not depend on the number of threads. Inputs and outputs do not overlap.
#include "adatape/core/multiply_add.hpp"
#include "adatape/core/parallel.hpp"
#include "adatape/core/types.hpp"
#include "adatape/ops/dispatch.hpp"
#include "adatape/simd/batch.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::ops {

namespace scalar {

/// sum += x for x and sum [count].
template <class T>
void add(const T* x, Index count, T* sum) {
  for (Index i = 0; i < count; ++i) sum[i] += x[i];
}

/// sum += scale x for x and sum [count].
template <class T>
void add_scaled(T scale, const T* x, Index count, T* sum) {
  for (Index i = 0; i < count; ++i) sum[i] = multiply_add(scale, x[i], sum[i]);
}

}  // namespace scalar

namespace vectorised {

inline void add_scaled(float scale, const float* x, Index count, float* sum) {
  simd::for_each_batch<float>(count, [&](Index i, Index n) {
    simd::store_partial(sum + i, simd::fma(simd::splat(scale), simd::load_partial(x + i, n), simd::load_partial(sum + i, n)), n);
  });
}

}  // namespace vectorised

/// sum += scale x for x and sum [count], on the calling thread.
template <class T>
void add_scaled(std::type_identity_t<T> scale, const T* x, Index count, T* sum) {
  if constexpr (is_vectorised<T>)
    vectorised::add_scaled(scale, x, count, sum);
  else
    scalar::add_scaled(scale, x, count, sum);
}

/// sum += x for x and sum [count]. Throws as parallel_for does.
template <class T>
void add(const T* x, Index count, T* sum) {
  parallel_chunks(count, 16384, [&](Index begin, Index end) { scalar::add(x + begin, end - begin, sum + begin); });
}

/// sums [width] += sum over the rows of x [rows, width], in the order of the rows. The rows are `stride` (or width) elements apart. Threads split the columns.
/// Throws as parallel_for does.
///@{
template <class T>
void add_column_sums(const T* x, Index rows, Index width, Index stride, T* sums) {
  parallel_chunks(width, 64, [&](Index begin, Index end) {
    for (Index i = 0; i < rows; ++i) scalar::add(x + i * stride + begin, end - begin, sums + begin);
  });
}
template <class T>
void add_column_sums(const T* x, Index rows, Index width, T* sums) {
  add_column_sums(x, rows, width, width, sums);
}
///@}

}  // namespace adatape::ops
