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
  void (*finish)(const void* epilogue, const Matrix<T>& tile, Index row, Index column) = nullptr;
  /// The memory of an epilogue that has some.
  EpilogueMemory<T> memory = {};
};

template <class T, class Epilogue>
TileEpilogue<T> tile_epilogue(const Epilogue& epilogue) {
  TileEpilogue<T> of_tiles;
  of_tiles.epilogue = &epilogue;
  if constexpr (!std::is_same_v<Epilogue, KeepResult>) {
    of_tiles.finish = [](const void* any, const Matrix<T>& tile, Index row, Index column) {
      const Epilogue& known = *static_cast<const Epilogue*>(any);
      for (Index i = 0; i < tile.rows; ++i) {
        simd::for_each_batch<T>(tile.cols, [&](Index j, Index count) {
          simd::store_partial(&tile(i, j), known(simd::load_partial(&tile(i, j), count), row + i, column + j, count), count);
        });
      }
    };
  }
  if constexpr (requires { epilogue.memory(); }) of_tiles.memory = epilogue.memory();
  return of_tiles;
}

/// The cache lines of a tile of C, and of its part of the epilogue's memory. A kernel waits for a whole tile of C before it begins, or where it ends.
template <class T>
ADATAPE_INLINE simd::CacheLines lines_of(const Matrix<T>& c, Range rows, Range cols) {
  return c.col_stride == 1 && cols.size() > 0 ? simd::cache_lines(&c(rows.first, cols.first), c.row_stride, rows.size(), cols.size(), true)
                                              : simd::CacheLines{};
}
template <class T>
ADATAPE_INLINE simd::CacheLines lines_of(const EpilogueMemory<T>& memory, Range rows, Range cols) {
  if (!memory.data || cols.size() <= 0) return {};
  return simd::cache_lines(memory.data + rows.first * memory.width + cols.first, memory.width, rows.size(), cols.size(), memory.written);
}

}  // namespace adatape::ops::detail
