#pragma once
/// What the kernel of matrix products does in one step of k.
#include "adatape/simd/gemm_tile.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::simd {

/// A step takes `depth` values of k: for each row of A `depth` adjacent values of type Left, for each column of B `depth` adjacent values of type Right.
///     sum = add_product(left(a), right(b), sum)          a: the values of one row, b: those of `lanes` columns
/// Scalar is the type of the sums, Tile the sizes of the register tile. Left and Right are T where B is stored as T.
template <class T, class Stored>
struct GemmStep;

/// sum + a b, one k.
template <class T>
struct GemmStep<T, T> {
  using Scalar = T;
  using Left = T;
  using Right = T;
  using Tile = GemmTile<T>;
  static constexpr int depth = 1;

  static ADATAPE_INLINE Batch<T> left(const T* a) { return splat(*a); }
  static ADATAPE_INLINE Batch<T> right(const T* b) { return load(b); }
  static ADATAPE_INLINE Batch<T> add_product(const Batch<T>& a, const Batch<T>& b, const Batch<T>& sum) { return fma(a, b, sum); }
};

}  // namespace adatape::simd
