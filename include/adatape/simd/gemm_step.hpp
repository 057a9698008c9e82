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
  using Scalar = T;                ///< of sums
  using Left = T;                  ///< of a value of A
  using Right = T;                 ///< of a value of B
  using Tile = GemmTile<T>;        ///< sizes of the register tile
  static constexpr int depth = 1;  ///< values of k

  static ADATAPE_INLINE Batch<T> left(const T* a) { return splat(*a); }  ///< one value of A in all lanes
  static ADATAPE_INLINE Batch<T> right(const T* b) { return load(b); }   ///< one k of `lanes` adjacent columns of B
  /// a b + sum in each lane, rounded as fma is.
  static ADATAPE_INLINE Batch<T> add_product(const Batch<T>& a, const Batch<T>& b, const Batch<T>& sum) { return fma(a, b, sum); }
};

}  // namespace adatape::simd
