#pragma once
/// The right factor of a product, where it is or packed, in the pieces that the kernel reads.
#include <algorithm>
#include <type_traits>

#include "adatape/ops/matrix.hpp"
#include "adatape/simd/bf16_packing.hpp"
#include "adatape/simd/gemm_packing.hpp"
#include "adatape/simd/int8_packing.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::ops {

/// A matrix B [rows, cols] that pack() rearranged once for many products (weights). A view: the memory belongs to the caller and must outlive it. Products
/// are computed in T from values that are stored as Stored (is_stored_as in dispatch.hpp).
template <class T, class Stored = T>
struct PackedMatrix {
  /// Strips of columns (detail::Strips), one after the other: [rows, columns] each; [rows / 2, columns, 2] where Stored is Bf16, with rows rounded up
  /// (simd/bf16_packing.hpp); a simd::Int8Strip where Stored is int8. Where T is not vectorised, [rows, cols].
  const Stored* data = nullptr;
  Index rows = 0;  ///< of B, without those that fill up the last group
  Index cols = 0;  ///< of B, without those that fill up the last register
};

namespace detail {

/// A matrix B whose values are rounded to bf16 while a product runs. A is rounded too.
struct Rounded {
  Matrix<const float> matrix;
  Index rows = matrix.rows, cols = matrix.cols;
};

struct Range {
  Index first, end;
  constexpr Index size() const { return end - first; }
  /// The part-th of `parts` nearly equal pieces.
  constexpr Range piece(Index part, Index parts) const { return {first + size() * part / parts, first + size() * (part + 1) / parts}; }
};

/// The `parts` nearly equal pieces of a range, the longer ones first, for the tiles of a product: Range::piece would divide for each of them. It stays where
/// its bounds are those of packed weights.
class Pieces {
 public:
  constexpr Pieces(Range range, Index parts) : first_(range.first), size_(range.size() / parts), longer_(range.size() % parts) {}
  /// Piece number `part`, which may be `parts`: an empty one behind the last.
  constexpr Range operator()(Index part) const {
    const Index begin = first_ + part * size_ + std::min(part, longer_);
    return {begin, begin + size_ + (part < longer_ ? 1 : 0)};
  }

 private:
  Index first_, size_, longer_;
};

/// The step of products whose B is stored as Stored.
template <class T, class Stored>
struct StepOf {
  using type = simd::GemmStep<T, T>;
};
template <>
struct StepOf<float, Bf16> {
  using type = simd::Bf16Step;
};
template <>
struct StepOf<float, std::int8_t> {
  using type = simd::Int8Step;
};

/// The strips that the columns of a product are cut into: as few as the tile allows, of whole batches, and of nearly equal widths, because a tile of one batch
/// takes more than half the time of a tile of two.
template <class Tile>
struct Strips {
  static constexpr Index lanes = Tile::columns / Tile::vectors;
  Index columns;  ///< of the product

  constexpr Index count() const { return divide_up(columns, Tile::columns); }
  constexpr Range operator()(Index strip) const {
    const Range batches = Range{0, divide_up(columns, lanes)}.piece(strip, count());
    return {batches.first * lanes, std::min(batches.end * lanes, columns)};
  }
};
template <class T, class Stored>
using PackedStrips = Strips<typename StepOf<T, Stored>::type::Tile>;

/// Values that pack() writes for a column of a B with `rows` rows.
template <class T, class Stored>
constexpr Index packed_column(Index rows) {
  if constexpr (std::is_same_v<Stored, std::int8_t>) return simd::Int8Strip::column_size(rows);
  constexpr Index group = std::is_same_v<Stored, Bf16> ? simd::bf16_group : 1;
  return divide_up(rows, group) * group;
}

/// Where row k of a strip of a packed B stands. k is a multiple of the rows that are packed together.
template <class T, class Stored>
const Stored* strip_row(const PackedMatrix<T, Stored>& b, Range strip, Index k) {
  return b.data + strip.first * packed_column<T, Stored>(b.rows) + k * simd::whole_batches<T>(strip.size());
}

/// How the kernel reads a B by panels: its step, whether A is rounded to bf16, the adjacent k that stay together in a panel, and the most k of a panel.
template <class B>
struct Reading;
template <class T>
struct Reading<Matrix<const T>> {
  using Step = simd::GemmStep<T, T>;
  static constexpr bool rounds = false;
  static constexpr Index group = 1, most_depth = simd::GemmTile<T>::depth;
};
template <class T>
struct Reading<PackedMatrix<T>> {
  using Step = typename StepOf<T, T>::type;
  static constexpr bool rounds = false;
  static constexpr Index group = 1, most_depth = simd::GemmTile<T>::packed_depth;
};
template <>
struct Reading<PackedMatrix<float, Bf16>> {
  using Step = StepOf<float, Bf16>::type;
  static constexpr bool rounds = true;
  static constexpr Index group = simd::bf16_group;
  /// Pairs that are read where they are fill the memory of floats; else a panel is widened into the buffer of a panel that is copied.
  static constexpr Index most_depth = simd::reads_bf16 ? 2 * Step::Tile::packed_depth : Step::Tile::depth;
};

template <>
struct Reading<Rounded> {
  using Step = simd::Bf16Step;
  static constexpr bool rounds = true;
  static constexpr Index group = simd::bf16_group;
  static constexpr Index most_depth = Step::Tile::depth * static_cast<Index>(sizeof(float) / sizeof(Step::Right));
};

/// Some rows of a strip of B, as the kernel reads them.
template <class Right>
struct Panel {
  const Right* data;
  Index k_stride;
};

/// With at most this many row tiles a strip of B is read where it is. To copy the strip would take longer than to read it with its strides.
inline constexpr Index most_tiles_unpacked = 4;

template <class T>
Panel<T> panel_of(const Matrix<const T>& b, Range ks, Range cols, Index row_tiles, T* buffer) {
  if (ks.size() == 0) return {buffer, 0};
  const bool whole_batches = b.col_stride == 1 && cols.size() % simd::lanes<T> == 0;
  if (whole_batches && row_tiles <= most_tiles_unpacked) return {b.data + ks.first * b.row_stride + cols.first, b.row_stride};
  simd::pack_panel(b.data + ks.first * b.row_stride + cols.first * b.col_stride, b.row_stride, b.col_stride, ks.size(), cols.size(), buffer);
  return {buffer, simd::whole_batches<T>(cols.size())};
}
template <class T>
Panel<T> panel_of(const PackedMatrix<T>& b, Range ks, Range cols, Index, T*) {
  return {strip_row(b, cols, ks.first), simd::whole_batches<T>(cols.size())};
}
inline Panel<simd::Bf16Step::Right> panel_of(const PackedMatrix<float, Bf16>& b, Range ks, Range cols, Index, simd::Bf16Step::Right* buffer) {
  const Index width = simd::whole_batches<float>(cols.size());
  return {simd::read_panel(strip_row(b, cols, ks.first), divide_up(ks.size(), 2), width, buffer), width};
}

inline Panel<simd::Bf16Step::Right> panel_of(const Rounded& b, Range ks, Range cols, Index, simd::Bf16Step::Right* buffer) {
  const Matrix<const float> from = b.matrix.block(ks.first, cols.first, ks.size(), cols.size());
  simd::round_panel(from.data, from.row_stride, from.col_stride, from.rows, from.cols, buffer);
  return {buffer, simd::whole_batches<float>(cols.size())};
}

/// The cache lines of a piece of B. The hardware's prefetcher does not follow strides as large as those of a B that is read in place, and stops at the end of
/// each page of a packed one.
template <class T>
ADATAPE_INLINE simd::CacheLines lines_of(const Matrix<const T>& b, Range ks, Range cols) {
  if (cols.size() <= 0) return {};
  const T* const first = b.data + ks.first * b.row_stride + cols.first * b.col_stride;
  if (b.col_stride == 1) return simd::cache_lines(first, b.row_stride, ks.size(), cols.size());
  return b.row_stride == 1 ? simd::cache_lines(first, b.col_stride, cols.size(), ks.size()) : simd::CacheLines{};
}
inline simd::CacheLines lines_of(const Rounded& b, Range ks, Range cols) { return lines_of(b.matrix, ks, cols); }
template <class T, class Stored>
ADATAPE_INLINE simd::CacheLines lines_of(const PackedMatrix<T, Stored>& b, Range ks, Range cols) {
  if (cols.size() <= 0) return {};
  constexpr Index group = static_cast<Index>(sizeof(T) / sizeof(Stored));  // rows that stand together: whole cache lines
  const Index row = group * simd::whole_batches<T>(cols.size());
  return simd::cache_lines(strip_row(b, cols, ks.first), row, divide_up(ks.size(), group), row);
}

}  // namespace detail
}  // namespace adatape::ops
