#pragma once
/// What the kernel of matrix products does with one step of k, for each type in which B is stored.
///
/// A step takes `depth` values of k. For each row of A it reads `depth` adjacent values of type Left, for each column of B `depth` adjacent values of type
/// Right. It has `parts` parts, in the order of their numbers:
///     sum = add_product(left<part>(a), right<part>(b), sum)          a: the values of one row, b: those of `lanes` columns
#include "adatape/simd/batch.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::simd {

template <class T, class Stored>
struct GemmStep;

/// sum + a b, one value of k.
template <class T>
struct GemmStep<T, T> {
  using Scalar = T;
  using Left = T;
  using Right = T;
  static constexpr int depth = 1, parts = 1;

  template <int>
  static ADATAPE_INLINE Batch<T> left(const T* a) {
    return splat(*a);
  }
  template <int>
  static ADATAPE_INLINE Batch<T> right(const T* b) {
    return load(b);
  }
  static ADATAPE_INLINE Batch<T> add_product(const Batch<T>& a, const Batch<T>& b, const Batch<T>& sum) { return fma(a, b, sum); }
};

}  // namespace adatape::simd
