#pragma once
/// Sizes of the register tile (rows x vectors batches) of matrix products, and of the blocks around it.
#include "adatape/simd/batch.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::simd {

/// Of products with sums of type T or, where T is float, of int32. The sizes follow from the number and the width of the registers.
template <class T>
struct GemmTile {
  /// A tile has up to `rows` rows of `vectors` batches, or up to most_rows rows of fewer batches.
  ///@{
#if defined(__AVX512F__)
  // 27 sums, 3 of B, 1 of A: 31 of 32 registers. A step of k loads 12 times for 27 fma. Tiles of 14 x 2 load 16 times for 28: an Intel CPU of family 6,
  // model 106 reaches 0.97 of its FMA peak with 9 x 3, and 0.87 with 14 x 2.
  static constexpr int rows = 9, vectors = 3, most_rows = 14;
#elif defined(__aarch64__)
  static constexpr int rows = 8, vectors = 2, most_rows = rows;  // 19 of 32
#elif defined(__AVX__)
  static constexpr int rows = 6, vectors = 2, most_rows = rows;  // 15 of 16
#else
  static constexpr int rows = 4, vectors = 2, most_rows = rows;  // 11 of 16, and one for the product where there is no fma
#endif
  ///@}
  static constexpr Index columns = vectors * lanes<T>;  ///< of a tile of `vectors` batches
  static constexpr Index depth = 384;                   ///< most rows of B copied into one panel (AVX-512: 72 KiB)
  static constexpr Index packed_depth = 768;            ///< most rows of one panel of a packed B: nothing is copied, and C is read and written less often
  static constexpr Index block_values = 448 * depth;    ///< most values of A used with one panel: they stay in the second-level cache
};

/// Columns of a strip of B in the form that the kernel reads: zeros fill up the last batch.
template <class T>
constexpr Index whole_batches(Index columns) {
  return (columns + lanes<T> - 1) / lanes<T> * lanes<T>;
}

}  // namespace adatape::simd
