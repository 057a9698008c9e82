#pragma once
/// Products whose B is stored as int8: A is quantised a row, B was quantised a column, and the sums of integers are exact.
#include "adatape/ops/gemm_blocks.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::ops::detail {

/// A product on the calling thread, for any rectangle of C:
///     C_ij = s_i t_j sum_k q_ik w_kj [+ C_ij] [+ bias_j]        A_ik = s_i q_ik, B_kj = t_j w_kj up to rounding (core/quantisation.hpp)
/// The sum becomes a float, rounded once, is multiplied by the float s_i t_j, and added by one fma.
template <class Epilogue, class Step = simd::Int8Step>
class Int8Product {
  using Left = typename Step::Left;
  using Kernel = simd::TileKernel<Step>;
  static constexpr Index columns = Step::Tile::columns;  ///< of the widest strip

 public:
  static constexpr Index tile_rows = Kernel::rows;
  /// See for_rectangles. To quantise A takes 11 us of a product 196, 384, 384 with VPDPBUSD, and each of the 8 strips some 12. Where a strip of B is widened,
  /// it is the threads with other rows that do that twice.
  static constexpr Index preparation = simd::reads_int8 ? 1 : 0;

  Int8Product(Matrix<const float> a, const PackedMatrix<float, std::int8_t>& b, Matrix<float> c, GemmOptions<float> options, const Epilogue& epilogue)
      : a_(a), b_(b), c_(c), options_(options), epilogue_(epilogue), strips_{c.cols} {}

  Index strips() const { return strips_.count(); }
  /// Computes some rows of some strips of C. Throws as BlockProduct::run does.
  void run(Range rows, Range strips) const {
    Kernel kernel;
    for_blocks<Kernel>(rows, most_values / quantised_row(), [&](Range block) { block_of_rows(block, strips, kernel); });
  }

 private:
  /// Of quantised rows that are used together: they stay in the second-level cache.
  static constexpr Index most_values = Step::Tile::block_values * static_cast<Index>(sizeof(float)) / static_cast<Index>(sizeof(Left));

  Index quantised_row() const { return row_without_collisions<Left>(simd::quantised_row(a_.cols)); }

  void block_of_rows(Range rows, Range strips, Kernel& kernel) const {
    Arena::Scope scope(thread_arena());
    const Index stride = quantised_row();
    Left* const quantised = thread_arena().take<Left>(rows.size() * stride);
    float* const scales = thread_arena().take<float>(rows.size());
    for (Index i = 0; i < rows.size(); ++i) scales[i] = simd::quantise_row(&a_(rows.first + i, 0), a_.col_stride, a_.cols, quantised + i * stride);
    std::int32_t* const sums = thread_arena().take<std::int32_t>((simd::reads_int8 ? Kernel::most_rows : rows.size()) * columns);
    for (Index s = strips.first; s < strips.end; ++s) {
      const Range cols = strips_(s), next_cols = s + 1 < strips.end ? strips_(s + 1) : Range{cols.end, cols.end};
      const simd::Int8Strip strip{strip_row(b_, cols, 0), b_.rows, simd::whole_batches<float>(cols.size())};
      if constexpr (simd::reads_int8)
        exact_tiles(rows, quantised, stride, scales, strip, cols, next_cols, sums, kernel);
      else
        widened_tiles(rows, quantised, stride, scales, strip, cols, sums, kernel);
    }
  }

  /// The kernel adds integers: one pass over k for each tile.
  void exact_tiles(Range rows, const Left* quantised, Index stride, const float* scales, const simd::Int8Strip& strip, Range cols, Range next_cols,
                   std::int32_t* sums, Kernel& kernel) const {
    alignas(kAlignment) std::int32_t start[std::size_t{columns}];
    for (Index j = 0; j < strip.columns; j += simd::lanes<float>) simd::store(start + j, simd::splat(std::int32_t{0}) - strip.offsets(j));
    const Index vectors = divide_up(cols.size(), simd::lanes<float>), tiles = divide_up(rows.size(), Kernel::rows_of(vectors));
    const Range ks{0, simd::Int8Strip::padded(b_.rows)};
    const EpilogueMemory<float> memory = tile_epilogue<float>(epilogue_).memory;
    const Pieces rows_of_tiles(rows, tiles), ks_of_next_strip(ks, tiles);
    for (Index t = 0; t < tiles; ++t) {
      const Range of_tile = rows_of_tiles(t);
      const Index row = of_tile.first - rows.first;
      simd::LinesAhead ahead{lines_of(c_, of_tile, cols), lines_of(memory, of_tile, cols),
                             tiles > most_tiles_unpacked ? lines_of(b_, ks_of_next_strip(t), next_cols) : simd::CacheLines{}};
      kernel.multiply(of_tile.size(), vectors,
                      {quantised + row * stride, stride, Step::depth, simd::read_strip(strip, 0, 0, nullptr), Step::depth * strip.columns,
                       divide_up(b_.rows, Step::depth), start, 0, sums, columns, &ahead});
      finish(sums, of_tile, scales + row, strip, cols);
    }
  }

  /// The kernel adds floats: some k at a time, whose sums are exact.
  void widened_tiles(Range rows, const Left* quantised, Index stride, const float* scales, const simd::Int8Strip& strip, Range cols, std::int32_t* sums,
                     Kernel& kernel) const {
    using Tile = typename Step::Tile;
    static_assert(Tile::depth <= simd::int8_exact_depth && Tile::depth % simd::int8_packed == 0);
    static constexpr float zeros[std::size_t{columns}] = {};
    alignas(kAlignment) float buffer[std::size_t{Tile::depth * columns}], part[std::size_t{Kernel::most_rows * columns}];
    std::fill_n(sums, rows.size() * columns, 0);
    const Range groups{0, divide_up(b_.rows, simd::int8_packed)};
    const Index vectors = divide_up(cols.size(), simd::lanes<float>), tiles = divide_up(rows.size(), Kernel::rows_of(vectors));
    const Index chunks = divide_up(b_.rows, Tile::depth);
    const Pieces rows_of_tiles({0, rows.size()}, tiles);
    for (Index chunk = 0; chunk < chunks; ++chunk) {
      const Range in_groups = groups.piece(chunk, chunks), ks{in_groups.first * simd::int8_packed, std::min(b_.rows, in_groups.end * simd::int8_packed)};
      const auto* const panel = simd::read_strip(strip, in_groups.first, in_groups.end, buffer);
      for (Index t = 0; t < tiles; ++t) {
        const Range piece = rows_of_tiles(t);
        kernel.multiply(piece.size(), vectors,
                        {quantised + piece.first * stride + ks.first, stride, 1, panel, strip.columns, ks.size(), zeros, 0, part, columns});
        for (Index i = 0; i < piece.size(); ++i)
          for (Index j = 0; j < strip.columns; ++j) sums[(piece.first + i) * columns + j] += static_cast<std::int32_t>(part[i * columns + j]);
      }
    }
    finish(sums, rows, scales, strip, cols);
  }

  /// C from the sums [rows, columns].
  void finish(const std::int32_t* sums, Range rows, const float* scales, const simd::Int8Strip& strip, Range cols) const {
    constexpr Index batch = simd::lanes<float>;
    if (c_.col_stride != 1 || cols.size() % batch != 0)
      return simd::for_each_batch<float>(cols.size(),
                                         [&](Index j, Index count) { finish_batches<1>(sums + j, rows, scales, strip, cols.first, j, count, c_.col_stride); });
    simd::unroll<Step::Tile::vectors>([&](auto v) {
      if (cols.size() == (v + 1) * batch) finish_batches<v + 1>(sums, rows, scales, strip, cols.first, 0, batch, 1);
    });
  }

  /// Columns column to column + `vectors` whole batches - 1 of a strip that begins at column `first` of C, or, with one batch, `count` columns.
  /// col_stride is that of C. Constants of a call, such as whole batches of adjacent columns, become constants of its loop.
  template <int vectors>
  ADATAPE_INLINE void finish_batches(const std::int32_t* sums, Range rows, const float* scales, const simd::Int8Strip& strip, Index first, Index column,
                                     Index count, Index col_stride) const {
    // Copies, which a store to C cannot change: a compiler loads members again after each store.
    const Matrix<float> c = c_;
    const GemmOptions<float> options = options_;
    const Epilogue epilogue = epilogue_;
    simd::Batch<float> of_columns[std::size_t{vectors}], bias[std::size_t{vectors}];
    simd::unroll<vectors>([&](auto v) ADATAPE_INLINE_LAMBDA {
      const Index j = column + v * simd::lanes<float>;
      of_columns[v] = strip.scales(j);
      bias[v] = options.bias ? simd::load_partial(options.bias + first + j, count) : simd::splat(0.f);
    });
    for (Index i = 0; i < rows.size(); ++i) {
      const auto of_row = simd::splat(scales[i]);
      simd::unroll<vectors>([&](auto v) ADATAPE_INLINE_LAMBDA {
        const Index j = first + column + v * simd::lanes<float>;
        float* const to = &c(rows.first + i, j);
        const auto start = options.accumulate ? simd::load_strided(to, col_stride, count) + bias[v] : bias[v];
        const auto sum = simd::to_float(simd::load(sums + i * columns + v * simd::lanes<float>));
        const auto value = epilogue(simd::fma(sum, of_row * of_columns[v], start), rows.first + i, j, count);
        simd::store_strided(to, col_stride, value, count);
      });
    }
  }

  Matrix<const float> a_;
  const PackedMatrix<float, std::int8_t>& b_;
  Matrix<float> c_;
  GemmOptions<float> options_;
  const Epilogue& epilogue_;
  Strips<typename Step::Tile> strips_;
};

}  // namespace adatape::ops::detail
