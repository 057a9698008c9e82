#pragma once
/// A view of a matrix with any strides. An operand of ops/ can be transposed, or a part of a larger matrix, without a copy.
#include <type_traits>

#include "adatape/core/types.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::ops {

/// [rows, cols]. Element (i, j) is data[i * row_stride + j * col_stride]. Strides are in elements. The memory belongs to the caller and must outlive the view
/// and all views made from it. Indices are not checked.
template <class T>
struct Matrix {
  T* data = nullptr;     ///< element (0, 0)
  Index rows = 0;        ///< i < rows
  Index cols = 0;        ///< j < cols
  Index row_stride = 0;  ///< from a row to the next
  Index col_stride = 1;  ///< from a column to the next

  /// Element (i, j).
  constexpr T& operator()(Index i, Index j) const { return data[i * row_stride + j * col_stride]; }

  /// [cols, rows], a view of the same memory.
  constexpr Matrix transposed() const { return {data, cols, rows, col_stride, row_stride}; }
  /// [block_rows, block_cols] with its upper left corner at (row, col).
  constexpr Matrix block(Index row, Index col, Index block_rows, Index block_cols) const {
    return {data + row * row_stride + col * col_stride, block_rows, block_cols, row_stride, col_stride};
  }
  /// Rows first to first + count - 1.
  constexpr Matrix middle_rows(Index first, Index count) const { return block(first, 0, count, cols); }
  /// Columns first to first + count - 1.
  constexpr Matrix middle_cols(Index first, Index count) const { return block(0, first, rows, count); }

  /// The same view, read only.
  constexpr operator Matrix<const T>() const requires(!std::is_const_v<T>) { return {data, rows, cols, row_stride, col_stride}; }
};

/// [rows, cols] with adjacent columns, and rows row_stride (or cols) elements apart.
///@{
template <class T>
constexpr Matrix<T> row_major(T* data, Index rows, Index cols, Index row_stride) {
  return {data, rows, cols, row_stride, 1};
}
template <class T>
constexpr Matrix<T> row_major(T* data, Index rows, Index cols) {
  return {data, rows, cols, cols, 1};
}
///@}

}  // namespace adatape::ops
