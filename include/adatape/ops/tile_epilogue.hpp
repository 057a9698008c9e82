#pragma once
/// An epilogue of any type, called for a tile at a time. So the loops of a product are compiled once for all epilogues.
#include "adatape/ops/epilogues.hpp"
#include "adatape/ops/gemm_panels.hpp"
#include "adatape/ops/matrix.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::ops::detail {

/// A view of an epilogue, which must outlive it. A function is null where it would do nothing.
template <class T>
struct TileEpilogue {
  const void* epilogue = nullptr;
  /// Replaces the values of a tile whose upper left corner is at (row, column) of C.
  void (*finish)(const void* epilogue, Matrix<T> tile, Index row, Index column) = nullptr;
  /// Starts loading what finish will need for `rows` rows and `columns` columns from (row, column) on.
  void (*prefetch)(const void* epilogue, Index row, Index column, Index rows, Index columns) = nullptr;
};

template <class T, class Epilogue>
TileEpilogue<T> tile_epilogue(const Epilogue& epilogue) {
  TileEpilogue<T> of_tiles;
  of_tiles.epilogue = &epilogue;
  if constexpr (!std::is_same_v<Epilogue, KeepResult>) {
    of_tiles.finish = [](const void* any, Matrix<T> tile, Index row, Index column) {
      const Epilogue& known = *static_cast<const Epilogue*>(any);
      for (Index i = 0; i < tile.rows; ++i) {
        simd::for_each_batch<T>(tile.cols, [&](Index j, Index count) {
          simd::store_partial(&tile(i, j), known(simd::load_partial(&tile(i, j), count), row + i, column + j, count), count);
        });
      }
    };
  }
  if constexpr (requires { epilogue.prefetch(Index{}, Index{}); }) {
    of_tiles.prefetch = [](const void* any, Index row, Index column, Index rows, Index columns) {
      for (Index i = row; i < row + rows; ++i)
        for (Index j = column; j < column + columns; j += simd::values_per_cache_line<T>) static_cast<const Epilogue*>(any)->prefetch(i, j);
    };
  }
  return of_tiles;
}

/// Starts loading a tile of C, and what its epilogue will need, into the cache. A kernel waits for a whole tile of C before it begins, or where it ends.
template <class T>
void prefetch_tile(const Matrix<T>& c, const TileEpilogue<T>& epilogue, Range rows, Range cols) {
  if (c.col_stride == 1)
    for (Index i = rows.first; i < rows.end; ++i)
      for (Index j = cols.first; j < cols.end; j += simd::values_per_cache_line<T>) simd::prefetch_to_write(&c(i, j));
  if (epilogue.prefetch) epilogue.prefetch(epilogue.epilogue, rows.first, cols.first, rows.size(), cols.size());
}

}  // namespace adatape::ops::detail
