#pragma once
/// Products with a lower trapezoidal matrix L [m, n], n <= m: L(i, j) = 0 for i < j. Of each strip of columns the rows above the strip are not multiplied, so a
/// square L costs little more than half of a full matrix.
#include <algorithm>

#include "adatape/core/assert.hpp"
#include "adatape/ops/gemm.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::ops {

namespace detail {

/// Columns of a strip. With fewer, less is multiplied in vain; with more, products are larger. It is a multiple of the tile's columns of every instruction set.
inline constexpr Index trapezoid_strip = 32;

/// Calls visit(first column, columns) for every strip.
template <class Visit>
constexpr void for_each_trapezoid_strip(Index cols, const Visit& visit) {
  for (Index first = 0; first < cols; first += trapezoid_strip) visit(first, std::min(trapezoid_strip, cols - first));
}

}  // namespace detail

/// L as pack_trapezoid left it. A view: the memory belongs to the caller and must outlive it.
template <class T>
struct PackedTrapezoid {
  const T* data = nullptr;  ///< the strips, one behind the other, each without the rows above it and packed
  Index rows = 0;           ///< m of L [m, n]
  Index cols = 0;           ///< n of L [m, n]
};

/// Multiply-accumulates of trapezoid_product for one row.
constexpr double trapezoid_macs(Index rows, Index cols) {
  double macs = 0;
  detail::for_each_trapezoid_strip(cols, [&](Index first, Index columns) { macs += static_cast<double>((rows - first) * columns); });
  return macs;
}

/// Number of elements that pack_trapezoid writes for an L of [rows, cols].
template <class T>
constexpr Index packed_trapezoid_size(Index rows, Index cols) {
  Index size = 0;
  detail::for_each_trapezoid_strip(cols, [&](Index first, Index columns) { size += packed_size<T>(rows - first, columns); });
  return size;
}

/// Writes L to destination [packed_trapezoid_size], which does not overlap L, and returns a view of destination. What is above the diagonal inside a strip
/// must be 0. What is above a strip is not read.
template <class T>
PackedTrapezoid<T> pack_trapezoid(std::type_identity_t<Matrix<const T>> l, T* destination) {
  ADATAPE_ASSERT(l.cols <= l.rows, "pack_trapezoid: wanted at most as many columns as rows");
  T* strip = destination;
  detail::for_each_trapezoid_strip(l.cols, [&](Index first, Index columns) {
    pack<T>(l.block(first, first, l.rows - first, columns), strip);
    strip += packed_size<T>(l.rows - first, columns);
  });
  return {destination, l.rows, l.cols};
}

/// C [k, n] = A [k, m] L on the calling thread. C overlaps neither. The bits of a row of C depend on the row of A and on L only. Throws as gemm_serial does.
template <class T>
void trapezoid_product(std::type_identity_t<Matrix<const T>> a, const PackedTrapezoid<T>& l, Matrix<T> c) {
  const T* strip = l.data;
  detail::for_each_trapezoid_strip(l.cols, [&](Index first, Index columns) {
    const Index depth = l.rows - first;
    gemm_serial<T>(a.block(0, first, a.rows, a.cols - first), PackedMatrix<T>{strip, depth, columns}, c.block(0, first, c.rows, columns));
    strip += packed_size<T>(depth, columns);
  });
}

}  // namespace adatape::ops
