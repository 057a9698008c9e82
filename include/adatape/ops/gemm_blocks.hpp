#pragma once
/// The loops around the kernel of gemm.hpp. They decide which parts of A, B and C are in which cache together, and which thread computes what.
#include <algorithm>
#include <type_traits>

#include "adatape/core/arena.hpp"
#include "adatape/core/parallel.hpp"
#include "adatape/ops/epilogues.hpp"
#include "adatape/ops/matrix.hpp"
#include "adatape/simd/gemm_packing.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::ops {

/// C = A B [+ C if accumulate] [+ 1 bias^T].
template <class T>
struct GemmOptions {
  bool accumulate = false;
  const T* bias = nullptr;  ///< [n] or none
};

/// A matrix B [rows, cols] that pack() rearranged once for many products (weights). A view: the memory belongs to the caller and must outlive it. Products
/// are computed in T from values that are stored as Stored (is_stored_as in dispatch.hpp).
template <class T, class Stored = T>
struct PackedMatrix {
  /// Strips of GemmTile::columns columns: [rows, columns] each, or [(rows + 1) / 2, columns, 2] where Stored is Bf16. Where T is not vectorised, [rows, cols].
  const Stored* data = nullptr;
  Index rows = 0, cols = 0;
};

namespace detail {

struct Range {
  Index first, end;
  constexpr Index size() const { return end - first; }
  /// The part-th of `parts` nearly equal pieces.
  constexpr Range piece(Index part, Index parts) const { return {first + size() * part / parts, first + size() * (part + 1) / parts}; }
};

constexpr Index divide_up(Index count, Index size) { return (count + size - 1) / size; }

/// Values that pack() writes for a strip of a B with `rows` rows.
template <class T, class Stored>
constexpr Index packed_strip(Index rows) {
  constexpr Index depth = simd::GemmStep<T, Stored>::depth;
  return divide_up(rows, depth) * depth * simd::GemmTile<T>::columns;
}

/// How the kernel reads B, and A with it.
template <class T>
simd::GemmStep<T, T> step_of(const Matrix<const T>&);
template <class T, class Stored>
simd::GemmStep<T, Stored> step_of(const PackedMatrix<T, Stored>&);

/// Some steps of a strip of B, as the kernel reads them.
template <class Right>
struct Panel {
  const Right* data;
  Index step_stride;
};

/// With at most this many row tiles a strip of B is read where it is. To copy the strip would take longer than to read it with its strides.
inline constexpr Index most_tiles_unpacked = 4;

template <class T>
Panel<T> panel_of(const Matrix<const T>& b, Range ks, Range cols, Index row_tiles, T* buffer) {
  if (ks.size() == 0) return {buffer, 0};
  const bool whole_batches = b.col_stride == 1 && cols.size() % simd::lanes<T> == 0;
  if (whole_batches && row_tiles <= most_tiles_unpacked) return {b.data + ks.first * b.row_stride + cols.first, b.row_stride};
  simd::pack_panel(b.data + ks.first * b.row_stride + cols.first * b.col_stride, b.row_stride, b.col_stride, ks.size(), cols.size(), buffer);
  return {buffer, simd::GemmTile<T>::columns};
}
template <class T, class Stored>
Panel<Stored> panel_of(const PackedMatrix<T, Stored>& b, Range steps, Range cols, Index, T*) {
  constexpr Index columns = simd::GemmTile<T>::columns, step = simd::GemmStep<T, Stored>::depth * columns;
  return {b.data + cols.first / columns * packed_strip<T, Stored>(b.rows) + steps.first * step, step};
}

/// Starts loading a piece of B into the cache. The hardware's prefetcher does not follow strides as large as those of B.
template <class T>
void prefetch(const Matrix<const T>& b, Range ks, Range cols) {
  const Index k_step = b.row_stride == 1 ? simd::values_per_cache_line<T> : 1, col_step = b.col_stride == 1 ? simd::values_per_cache_line<T> : 1;
  for (Index k = ks.first; k < ks.end; k += k_step)
    for (Index j = cols.first; j < cols.end; j += col_step) simd::prefetch(&b(k, j));
}
template <class T, class Stored>
void prefetch(const PackedMatrix<T, Stored>&, Range, Range) {}

/// A product on the calling thread, for any rectangle of C.
template <class T, class B, class Epilogue>
class BlockProduct {
 public:
  BlockProduct(Matrix<const T> a, const B& b, Matrix<T> c, GemmOptions<T> options, const Epilogue& epilogue)
      : a_(a), b_(b), c_(c), options_(options), epilogue_(epilogue) {}

  /// Computes one rectangle of C. Precondition: cols.first is a multiple of the tile's columns. Throws std::bad_alloc if there is no memory.
  void run(Range rows, Range cols) const {
    alignas(kAlignment) T buffer[Tile::depth * Tile::columns];
    const Range depth{0, divide_up(a_.cols, Step::depth)};
    constexpr Index most = (std::is_same_v<B, Matrix<const T>> ? Tile::depth : Tile::packed_depth) / step_values;
    const Index chunks = std::max(Index{1}, divide_up(depth.size(), most));
    const Index blocks = std::max(Index{1}, divide_up(rows.size() * divide_up(depth.size(), chunks) * step_values, Tile::block_values));
    for (Index block = 0; block < blocks; ++block) {
      const Range block_rows = rows.piece(block, blocks);
      const Index tiles = divide_up(block_rows.size(), Tile::rows);
      for (Index chunk = 0; chunk < chunks; ++chunk) {
        const Range steps = depth.piece(chunk, chunks);
        const Index k = steps.first * Step::depth, ks = std::min(a_.cols, steps.end * Step::depth) - k;
        Arena::Scope scope(thread_arena());
        const Matrix<const Left> a = as_read(a_.block(block_rows.first, k, block_rows.size(), ks), cols.size());
        for (Index column = cols.first; column < cols.end; column += Tile::columns) {
          const Range strip{column, std::min(column + Tile::columns, cols.end)};
          const Range next_strip{strip.end, std::min(strip.end + Tile::columns, cols.end)};
          const Panel<Right> panel = panel_of(b_, steps, strip, tiles, buffer);
          for (Index t = 0; t < tiles; ++t) {
            if (tiles > most_tiles_unpacked) prefetch(b_, steps.piece(t, tiles), next_strip);
            const Range piece = Range{0, block_rows.size()}.piece(t, tiles);
            prefetch_tile(block_rows.piece(t + 1 < tiles ? t + 1 : 0, tiles), t + 1 < tiles ? strip : next_strip);
            tile(a.middle_rows(piece.first, piece.size()), panel, block_rows.first + piece.first, strip, steps);
          }
        }
      }
    }
  }

 private:
  using Tile = simd::GemmTile<T>;
  using Step = decltype(step_of(std::declval<const B&>()));
  using Left = typename Step::Left;
  using Right = typename Step::Right;
  /// Values of T that take as much memory as a row's values of one step.
  static constexpr Index step_values = Step::depth * static_cast<Index>(sizeof(Left)) / static_cast<Index>(sizeof(T));

  /// A block of A as the kernel reads it for strips of `uses` columns together.
  static Matrix<const Left> as_read(Matrix<const T> a, Index uses) {
    if constexpr (std::is_same_v<Step, simd::GemmStep<T, T>>)
      return without_collisions(a, uses);
    else
      return rounded(a);
  }

  /// A copy of A, rounded, with adjacent columns. A row ends with zeros where its last step is not full.
  static Matrix<const Left> rounded(Matrix<const T> a) {
    constexpr Index line = simd::values_per_cache_line<Left>;
    const Index stride = (divide_up(a.cols, line) | 1) * line;  // an odd number of cache lines: no collisions, see below
    Left* const copy = thread_arena().take<Left>(a.rows * stride);
    for (Index i = 0; i < a.rows; ++i) simd::round_row(&a(i, 0), a.col_stride, a.cols, copy + i * stride);
    return {copy, a.rows, a.cols, stride, 1};
  }

  /// Rows that are a multiple of 4 KiB apart map to the same set of the first-level cache and evict each other. An A with such rows is copied.
  static Matrix<const T> without_collisions(Matrix<const T> a, Index uses) {
    constexpr Index page = 4096 / static_cast<Index>(sizeof(T));
    const Index stride = a.col_stride == 1 ? a.row_stride : a.col_stride;
    if (stride == 0 || stride % page != 0 || uses <= Tile::columns || (a.col_stride != 1 && a.row_stride != 1)) return a;
    if (a.col_stride != 1) return without_collisions(a.transposed(), uses).transposed();
    const Index padded = divide_up(a.cols, simd::lanes<T>) * simd::lanes<T> + simd::values_per_cache_line<T>;
    T* const copy = thread_arena().take<T>(a.rows * padded);
    for (Index i = 0; i < a.rows; ++i) std::copy_n(&a(i, 0), a.cols, copy + i * padded);
    return {copy, a.rows, a.cols, padded, 1};
  }

  /// Starts loading the tile of C that comes next into the cache, because the kernel first waits for the whole tile.
  void prefetch_tile(Range rows, Range cols) const {
    for (Index i = rows.first; i < rows.end; ++i) {
      for (Index j = cols.first; j < cols.end; j += simd::values_per_cache_line<T>) {
        if (c_.col_stride == 1) simd::prefetch_to_write(&c_(i, j));
        if constexpr (requires { epilogue_.prefetch(i, j); }) epilogue_.prefetch(i, j);
      }
    }
  }

  /// One register tile of C. Where the columns of the tile are not adjacent, or are not whole batches, the tile is computed in a copy.
  void tile(Matrix<const Left> a, Panel<Right> panel, Index row, Range cols, Range steps) const {
    static constexpr T zeros[Tile::columns] = {};
    alignas(kAlignment) T copy[Tile::rows * Tile::columns];
    const Matrix<T> c = c_.block(row, cols.first, a.rows, cols.size());
    const bool first = steps.first == 0, last = steps.end * Step::depth >= a_.cols;
    const bool in_place = c.col_stride == 1 && c.cols % simd::lanes<T> == 0;
    const Matrix<T> out = in_place ? c : Matrix<T>{copy, c.rows, c.cols, Tile::columns, 1};
    const T* const bias = first && options_.bias ? options_.bias + cols.first : nullptr;
    const bool add_to_c = !first || options_.accumulate;

    Matrix<const T> start = out;
    if (in_place && !add_to_c) {
      start = {bias ? bias : zeros, c.rows, c.cols, 0, 1};
    } else if (!in_place || bias) {
      fill_start(c, add_to_c, bias, copy);
      start = {copy, c.rows, c.cols, Tile::columns, 1};
    }
    simd::multiply_tile<Step>(a.rows, divide_up(c.cols, simd::lanes<T>),
                              {a.data, a.row_stride, a.col_stride * Step::depth, panel.data, panel.step_stride, steps.size(), start.data, start.row_stride,
                               out.data, out.row_stride});
    if (last) finish(out, row, cols.first);
    if (!in_place) copy_out(out, c);
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

  void finish(Matrix<T> out, Index row, Index column) const {
    if constexpr (!std::is_same_v<Epilogue, KeepResult>) {
      for (Index i = 0; i < out.rows; ++i) {
        simd::for_each_batch<T>(out.cols, [&](Index j, Index count) {
          simd::store_partial(&out(i, j), epilogue_(simd::load_partial(&out(i, j), count), row + i, column + j, count), count);
        });
      }
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
  const Epilogue& epilogue_;
};

/// In multiplications. For smaller products, starting threads costs more time than the threads save.
inline constexpr Index smallest_parallel_product = Index{1} << 20;

/// Cuts C into at most `threads` rectangles, one for each.
template <class T, class B, class Epilogue>
void gemm(Matrix<const T> a, const B& b, Matrix<T> c, GemmOptions<T> options, const Epilogue& epilogue, int threads) {
  using Tile = simd::GemmTile<T>;
  if (c.rows == 0 || c.cols == 0) return;
  if (c.rows * c.cols * a.cols < smallest_parallel_product) threads = 1;
  const Index row_tiles = divide_up(c.rows, Tile::rows), strips = divide_up(c.cols, Tile::columns);
  Index row_parts = 1, col_parts = 1, least = row_tiles * strips + 1;
  for (Index parts = 1; parts <= threads; ++parts) {  // parts down the rows, threads / parts across the columns
    const Index tiles_of_one = divide_up(row_tiles, parts) * divide_up(strips, threads / parts);
    if (tiles_of_one < least) least = tiles_of_one, row_parts = std::min(parts, row_tiles), col_parts = std::min(threads / parts, strips);
  }
  const BlockProduct<T, B, Epilogue> product(a, b, c, options, epilogue);
  parallel_for(row_parts * col_parts, [&](Index part) {
    const Range strips_of_part = Range{0, strips}.piece(part % col_parts, col_parts);
    product.run(Range{0, c.rows}.piece(part / col_parts, row_parts),
                {strips_of_part.first * Tile::columns, std::min(c.cols, strips_of_part.end * Tile::columns)});
  });
}

}  // namespace detail
}  // namespace adatape::ops
