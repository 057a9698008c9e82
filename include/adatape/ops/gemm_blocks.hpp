#pragma once
/// The loops around the kernel of gemm.hpp. They decide which parts of A, B and C are in which cache together, and which thread computes what.
#include <algorithm>
#include <cstddef>
#include <type_traits>

#include "adatape/core/arena.hpp"
#include "adatape/core/parallel.hpp"
#include "adatape/core/products.hpp"
#include "adatape/ops/gemm_panels.hpp"
#include "adatape/ops/tile_epilogue.hpp"
#include "adatape/simd/amx_kernel.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::ops {

/// C = A B [+ C if accumulate] [+ 1 bias^T].
template <class T>
struct GemmOptions {
  bool accumulate = false;            ///< C = A B + C; else what C held is not read
  const T* bias = nullptr;            ///< [n] or none
  Products products = Products::f32;  ///< of a B that is not packed
};

namespace detail {

/// Calls run(block) for blocks of at most about `most_rows` of the rows, of nearly equal sizes. Where the kernel prefers full tiles, a block holds full tiles
/// only, or the rest of the rows.
template <class Kernel, class Run>
void for_blocks(Range rows, Index most_rows, const Run& run) {
  constexpr Index unit = Kernel::prefers_full_tiles ? Kernel::rows : 1;
  const Range units{0, rows.size() / unit};
  const Index blocks = std::min(units.size(), divide_up(units.size() * unit, std::max(unit, most_rows)));
  for (Index block = 0; block < blocks; ++block) {
    const Range piece = units.piece(block, blocks);
    run(Range{rows.first + piece.first * unit, rows.first + piece.end * unit});
  }
  if (rows.size() % unit > 0) run(Range{rows.first + units.end * unit, rows.end});
}

/// The distance of rows of `count` values: an odd number of cache lines, so that rows do not collide in the first-level cache.
template <class T>
constexpr Index row_without_collisions(Index count) {
  constexpr Index line = simd::values_per_cache_line<T>;
  return (divide_up(count, line) | 1) * line;
}

/// A product on the calling thread, for any rectangle of C.
template <class T, class B>
class BlockProduct {
  using Step = typename Reading<B>::Step;
  using Tile = typename Step::Tile;
  using Kernel = simd::TileKernel<Step>;
  using Left = typename Step::Left;
  using Right = typename Step::Right;

 public:
  static constexpr Index tile_rows = Kernel::rows;
  /// See for_rectangles. Where a strip of B is widened or packed, it is the threads with other rows that do that twice, and takes as long.
  static constexpr Index preparation = simd::reads_bf16 && std::is_same_v<B, PackedMatrix<float, Bf16>> ? 1 : 0;

  BlockProduct(Matrix<const T> a, const B& b, Matrix<T> c, GemmOptions<T> options, const TileEpilogue<T>& epilogue)
      : a_(a), b_(b), c_(c), options_(options), epilogue_(epilogue), strips_{c.cols} {}

  Index strips() const { return strips_.count(); }
  /// Computes some rows of some strips of C. Throws std::bad_alloc if there is no memory, Error where the system refuses the registers of the kernel
  /// (simd/amx_step.hpp).
  void run(Range rows, Range strips) const;

 private:
  /// The most values of A used with one panel. They take the same memory in every type.
  static constexpr Index most_values = Tile::block_values * static_cast<Index>(sizeof(T)) / static_cast<Index>(sizeof(Left));

  /// k is cut into that many chunks.
  void block_of_rows(Range rows, Range strips, Index chunks, Kernel& kernel) const {
    alignas(kAlignment) std::byte memory[sizeof(T) * Tile::depth * Tile::columns];
    Right* const buffer = reinterpret_cast<Right*>(memory);
    constexpr Index group = Reading<B>::group;
    const Range groups{0, divide_up(a_.cols, group)};
    for (Index chunk = 0; chunk < chunks; ++chunk) {
      const Range in_groups = groups.piece(chunk, chunks), ks{in_groups.first * group, std::min(a_.cols, in_groups.end * group)};
      Arena::Scope scope(thread_arena());
      const Matrix<const Left> a = as_read(a_.block(rows.first, ks.first, rows.size(), ks.size()), strips.size());
      for (Index s = strips.first; s < strips.end; ++s) {
        const Range strip = strips_(s), next_strip = s + 1 < strips.end ? strips_(s + 1) : Range{strip.end, strip.end};
        const Index tiles = divide_up(rows.size(), Kernel::rows_of(divide_up(strip.size(), simd::lanes<T>)));
        const Panel<Right> panel = panel_of(b_, ks, strip, tiles, buffer);
        const Pieces rows_of_tiles(rows, tiles), ks_of_next_strip(ks, tiles);
        for (Index t = 0; t < tiles; ++t) {
          const Range of_tile = rows_of_tiles(t);
          const Range next_rows = rows_of_tiles(t + 1 < tiles ? t + 1 : 0), next_cols = t + 1 < tiles ? strip : next_strip;
          simd::LinesAhead ahead{lines_of(c_, next_rows, next_cols), lines_of(epilogue_.memory, next_rows, next_cols),
                                 tiles > most_tiles_unpacked ? lines_of(b_, ks_of_next_strip(t), next_strip) : simd::CacheLines{}};
          tile(a.middle_rows(of_tile.first - rows.first, of_tile.size()), panel, of_tile.first, strip, ks, ahead, kernel);
        }
      }
    }
  }

  /// A block of A as the kernel reads it for `uses` strips.
  static Matrix<const Left> as_read(Matrix<const T> a, Index uses) {
    if constexpr (Reading<B>::rounds)
      return rounded(a);
    else
      return rows_to_read(a, uses);
  }

  /// A copy of A, rounded, with adjacent columns. Zeros fill up the last group of columns.
  static Matrix<const Left> rounded(Matrix<const T> a) {
    const Index stride = row_without_collisions<Left>(simd::rounded_row(a.cols));
    Left* const copy = thread_arena().take<Left>(a.rows * stride);
    if (a.row_stride == 1)
      simd::round_columns(a.data, a.col_stride, a.rows, a.cols, copy, stride);
    else
      for (Index i = 0; i < a.rows; ++i) simd::round_row(&a(i, 0), a.col_stride, a.cols, copy + i * stride);
    return {copy, a.rows, a.cols, stride, 1};
  }

  /// A, or a copy with adjacent columns that is read in its place. It serves products of more than one strip. Two kinds of A are copied.
  /// - Its columns are not adjacent: each k lies in a line of the cache, and often in a page, of its own. On an Intel CPU of family 6, model 106 products with
  ///   transposed A are 1.2 to 1.4 times as fast with the copy.
  /// - Its rows are a multiple of 4 KiB apart. They map to the same set of the first-level cache and evict each other.
  static Matrix<const T> rows_to_read(Matrix<const T> a, Index uses) {
    constexpr Index page = 4096 / static_cast<Index>(sizeof(T));
    const bool collides = a.row_stride != 0 && a.row_stride % page == 0;
    if (uses <= 1 || (a.col_stride == 1 && !collides)) return a;
    const Index stride = row_without_collisions<T>(a.cols);
    T* const copy = thread_arena().take<T>(a.rows * stride);
    if (a.row_stride == 1)
      simd::copy_columns(a.data, a.col_stride, a.rows, a.cols, copy, stride);
    else
      for (Index i = 0; i < a.rows; ++i)
        simd::for_each_batch<T>(a.cols, [&](Index k, Index count) { simd::store(copy + i * stride + k, simd::load_strided(&a(i, k), a.col_stride, count)); });
    return {copy, a.rows, a.cols, stride, 1};
  }

  /// One register tile of C. Where the columns of the tile are not adjacent, or are not whole batches, the tile is computed in a copy.
  void tile(const Matrix<const Left>& a, Panel<Right> panel, Index row, Range cols, Range ks, simd::LinesAhead& ahead, Kernel& kernel) const {
    static constexpr T zeros[Tile::columns] = {};
    alignas(kAlignment) T copy[Kernel::most_rows * Tile::columns];
    const Matrix<T> c = c_.block(row, cols.first, a.rows, cols.size());
    const bool first = ks.first == 0, last = ks.end == a_.cols;
    const bool in_place = c.col_stride == 1 && c.cols % simd::lanes<T> == 0;
    T* const out = in_place ? c.data : copy;
    const Index out_row = in_place ? c.row_stride : Tile::columns;
    const T* const bias = first && options_.bias ? options_.bias + cols.first : nullptr;
    const bool add_to_c = !first || options_.accumulate;

    const T* start = out;
    Index start_row = out_row;
    if (in_place && !add_to_c) {
      start = bias ? bias : zeros;
      start_row = 0;
    } else if (!in_place || bias) {
      fill_start(c, add_to_c, bias, copy);
      start = copy;
      start_row = Tile::columns;
    }
    kernel.multiply(a.rows, divide_up(c.cols, simd::lanes<T>),
                    {a.data, a.row_stride, a.col_stride * Step::depth, panel.data, panel.k_stride * Step::depth, divide_up(ks.size(), Step::depth), start,
                     start_row, out, out_row, &ahead});
    if (last && epilogue_.finish) epilogue_.finish(epilogue_.epilogue, row_major(out, c.rows, c.cols, out_row), row, cols.first);
    if (!in_place) copy_out(row_major(out, c.rows, c.cols, out_row), c);
  }

  /// copy = [C] + [1 bias^T]
  static void fill_start(Matrix<T> c, bool add_to_c, const T* bias, T* copy) {
    for (Index i = 0; i < c.rows; ++i) {
      simd::for_each_batch<T>(c.cols, [&](Index j, Index count) {
        auto value = simd::splat(T(0));
        if (add_to_c) value = simd::load_strided(&c(i, j), c.col_stride, count);
        if (bias) value = value + simd::load_partial(bias + j, count);
        simd::store(copy + i * Tile::columns + j, value);
      });
    }
  }

  static void copy_out(Matrix<T> from, Matrix<T> c) {
    for (Index i = 0; i < c.rows; ++i) {
      simd::for_each_batch<T>(c.cols, [&](Index j, Index count) { simd::store_strided(&c(i, j), c.col_stride, simd::load(&from(i, j)), count); });
    }
  }

  Matrix<const T> a_;
  const B& b_;
  Matrix<T> c_;
  GemmOptions<T> options_;
  TileEpilogue<T> epilogue_;
  Strips<Tile> strips_;
};

template <class T, class B>
void BlockProduct<T, B>::run(Range rows, Range strips) const {
  Kernel kernel;
  const Index chunks = std::max(Index{1}, divide_up(a_.cols, Reading<B>::most_depth));
  for_blocks<Kernel>(rows, most_values / std::max(Index{1}, divide_up(a_.cols, chunks)), [&](Range block) { block_of_rows(block, strips, chunks, kernel); });
}

/// Calls run(rows, strips) for at most `threads` rectangles of C, on a thread each. Rectangles are cut between tiles of `tile_rows` rows and between strips.
/// preparation: how long each rectangle takes to make a tile of rows of A ready, in times of a tile of C. Rectangles of the same rows do it twice.
template <class Run>
void for_rectangles(Index rows, Index strips, Index tile_rows, Index preparation, int threads, const Run& run) {
  const Index row_tiles = divide_up(rows, tile_rows);
  Index row_parts = 1, col_parts = 1, least = row_tiles * (strips + preparation) + 1;
  for (Index parts = 1; parts <= threads; ++parts) {  // parts down the rows, threads / parts across the strips
    const Index time_of_one = divide_up(row_tiles, parts) * (divide_up(strips, threads / parts) + preparation);
    if (time_of_one < least) least = time_of_one, row_parts = std::min(parts, row_tiles), col_parts = std::min(threads / parts, strips);
  }
  parallel_for(row_parts * col_parts, [&](Index part) {
    run(Range{0, rows}.piece(part / col_parts, row_parts), Range{0, strips}.piece(part % col_parts, col_parts));
  });
}

}  // namespace detail
}  // namespace adatape::ops
