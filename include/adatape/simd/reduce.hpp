#pragma once
/// Sums and maxima, always in the same order. Lane l takes the elements l, l + lanes, l + 2 lanes and so on. Then each lane is combined with the lane at half
/// the number of lanes from it, then with the lane at a quarter, and so on.
#include <limits>

#include "adatape/simd/batch.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::simd {

namespace detail {

template <int distance, class T, int... i>
ADATAPE_INLINE Batch<T> exchange_lanes(const Batch<T>& x, std::integer_sequence<int, i...>) {
  using Register = typename Batch<T>::register_type;
  const Register values = x;
  return Batch<T>(static_cast<Register>(__builtin_shufflevector(values, values, (i ^ distance)...)));
}
/// Lane i of the result is lane i ^ distance of x.
template <int distance, class T>
ADATAPE_INLINE Batch<T> exchange_lanes(const Batch<T>& x) {
  return exchange_lanes<distance>(x, std::make_integer_sequence<int, static_cast<int>(lanes<T>)>{});
}

template <class T, class Combine>
ADATAPE_INLINE T reduce(Batch<T> x, Combine&& combine) {
  constexpr int n = static_cast<int>(lanes<T>);
  if constexpr (n >= 16) x = combine(x, exchange_lanes<8>(x));
  if constexpr (n >= 8) x = combine(x, exchange_lanes<4>(x));
  if constexpr (n >= 4) x = combine(x, exchange_lanes<2>(x));
  x = combine(x, exchange_lanes<1>(x));
  const typename Batch<T>::register_type result = x;
  return result[0];
}

}  // namespace detail

/// Sum of the lanes.
template <class T>
ADATAPE_INLINE T reduce_sum(const Batch<T>& x) {
  static_assert(2 <= lanes<T> && lanes<T> <= 16);
  return detail::reduce<T>(x, [](const Batch<T>& a, const Batch<T>& b) ADATAPE_INLINE_LAMBDA { return a + b; });
}

/// Largest lane. If a lane is NaN, the result is NaN or another lane, depending on the place of the NaN.
template <class T>
ADATAPE_INLINE T reduce_max(const Batch<T>& x) {
  static_assert(2 <= lanes<T> && lanes<T> <= 16);
  return detail::reduce<T>(x, [](const Batch<T>& a, const Batch<T>& b) ADATAPE_INLINE_LAMBDA { return simd::max(a, b); });
}

/// Sum of an array of n, 0 if it is empty.
template <class T>
T sum(const T* values, Index n) {
  Batch<T> total = splat(T(0));
  for_each_batch<T>(n, [&](Index i, Index count) ADATAPE_INLINE_LAMBDA { total = total + load_partial(values + i, count); });
  return reduce_sum(total);
}

/// Largest element of an array of n, -infinity if it is empty. If an element is NaN, the result is NaN or another value, depending on the place of the NaN.
template <class T>
T max(const T* values, Index n) {
  constexpr T lowest = -std::numeric_limits<T>::infinity();
  Batch<T> largest = splat(lowest);
  for_each_batch<T>(n, [&](Index i, Index count) ADATAPE_INLINE_LAMBDA { largest = simd::max(largest, load_partial(values + i, count, lowest)); });
  return reduce_max(largest);
}

}  // namespace adatape::simd
