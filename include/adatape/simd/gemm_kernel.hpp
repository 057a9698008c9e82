#pragma once
/// The innermost product: a tile of C held in registers while k runs.
#include <algorithm>
#include <array>

#include "adatape/simd/cache_lines.hpp"
#include "adatape/simd/gemm_step.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::simd {

/// c[i][j] = start[i][j] + sum over k of a[i][k] b[k][j], one chain of Step::add_product for each element, k ascending from step to step. Distances are
/// in elements.
/// - The columns of b, start and c are adjacent, and fill whole batches. The values of a step are adjacent: in a those of a row, in b those of a column.
/// - start may be c. c overlaps neither a nor b.
template <class Step>
struct TileProduct {
  const typename Step::Left* a;        ///< row 0, the first k
  Index a_row;                         ///< from a row of a to the next
  Index a_step;                        ///< from a step to the next in a row of a
  const typename Step::Right* b;       ///< column 0, the first k
  Index b_step;                        ///< from a step to the next in b
  Index steps;                         ///< Step::depth values of k each; at least 0
  const typename Step::Scalar* start;  ///< row 0, column 0
  Index start_row;                     ///< from a row of start to the next; 0: all rows start with the same values
  typename Step::Scalar* c;            ///< row 0, column 0
  Index c_row;                         ///< from a row of c to the next
  LinesAhead* ahead = nullptr;         ///< what the kernel starts loading, for whatever comes next, and forgets; null: nothing
};

namespace detail {

/// The same pointer. The compiler cannot see from what it was computed.
template <class T>
ADATAPE_INLINE T* forget_origin(T* pointer) {
#if defined(__GNUC__)
  asm("" : "+r"(pointer));
#endif
  return pointer;
}

/// Steps of k between which the kernel fetches some of the lines ahead.
inline constexpr Index steps_between_fetches = 16;

template <class Step, int rows, int vectors>
void multiply_tile(const TileProduct<Step>& p) {
  using T = typename Step::Scalar;
  using Left = typename Step::Left;
  using Right = typename Step::Right;
  // Each member is read once. A compiler may copy an object with loads that are wider than the stores that wrote it, and such loads wait until the stores have
  // reached the cache.
  const T* const start = p.start;
  T* const c = p.c;
  LinesAhead* const ahead = p.ahead;
  const Index start_row = p.start_row, a_row = p.a_row, a_step = p.a_step, b_step = p.b_step, c_row = p.c_row;
  Batch<T> sum[std::size_t{rows}][std::size_t{vectors}];
  unroll<rows * vectors>([&](auto s) ADATAPE_INLINE_LAMBDA {
    constexpr int i = s / vectors, v = s % vectors;
    sum[i][v] = load(start + i * start_row + v * lanes<T>);
  });
  // One pointer serves five rows of A: offsets of 0, 1, 2 and 4 strides are addressing modes, so all pointers fit the registers. If clang knew that the
  // pointers are a fixed distance apart, it would compute each from the one before, in a chain of additions that takes as long as the multiplications.
  constexpr int group = 5, groups = (rows + group - 1) / group;
  const Left* a[std::size_t{groups}];
  unroll<groups>([&](auto g) ADATAPE_INLINE_LAMBDA { a[g] = forget_origin(p.a + g * group * a_row); });
  const Right* b = p.b;
  for (Index rest = p.steps; rest > 0; rest -= steps_between_fetches) {
    if (ahead) fetch_part(*ahead, divide_up(rest, steps_between_fetches));
    for (Index steps = std::min(rest, steps_between_fetches); steps > 0; --steps, b += b_step) {
      decltype(Step::right(b)) b_k[std::size_t{vectors}];
      unroll<vectors>([&](auto v) ADATAPE_INLINE_LAMBDA { b_k[v] = Step::right(b + v * Step::depth * lanes<T>); });
      unroll<rows>([&](auto i) ADATAPE_INLINE_LAMBDA {
        const auto a_ik = Step::left(a[i / group] + i % group * a_row);
        unroll<vectors>([&](auto v) ADATAPE_INLINE_LAMBDA { sum[i][v] = Step::add_product(a_ik, b_k[v], sum[i][v]); });
      });
      unroll<groups>([&](auto g) ADATAPE_INLINE_LAMBDA { a[g] += a_step; });
    }
  }
  unroll<rows * vectors>([&](auto s) ADATAPE_INLINE_LAMBDA {
    constexpr int i = s / vectors, v = s % vectors;
    store(c + i * c_row + v * lanes<T>, sum[i][v]);
  });
}

/// The functions for tiles of 1, 2, .. rows and `vectors` batches.
template <class Step, int vectors, int... i>
constexpr auto tile_functions(std::integer_sequence<int, i...>) {
  return std::array<void (*)(const TileProduct<Step>&), sizeof...(i)>{&multiply_tile<Step, i + 1, vectors>...};
}

/// All functions of a kernel, up to 37. They are apart from TileKernel, so that a program can compile them in one of its files (ops/kernels.hpp).
template <class Step>
struct TileFunctions {
  using Tile = typename Step::Tile;

  /// The most rows of a tile of `vectors` batches.
  static constexpr Index rows_of(Index vectors) { return vectors < Tile::vectors ? Tile::most_rows : Tile::rows; }
  static void multiply(Index tile_rows, Index vectors, const TileProduct<Step>& product);
};

template <class Step>
void TileFunctions<Step>::multiply(Index tile_rows, Index vectors, const TileProduct<Step>& product) {
  unroll<Tile::vectors>([&](auto v) ADATAPE_INLINE_LAMBDA {
    constexpr int of_tile = v + 1;
    static constexpr auto functions = tile_functions<Step, of_tile>(std::make_integer_sequence<int, static_cast<int>(rows_of(of_tile))>{});
    if (vectors == of_tile) functions[static_cast<std::size_t>(tile_rows - 1)](product);
  });
}

}  // namespace detail

/// What multiplies tiles, for the time of one product on one thread. (simd/amx_kernel.hpp has another form.)
template <class Step>
class TileKernel {
  using Tile = typename Step::Tile;

 public:
  static constexpr Index rows = Tile::rows;            ///< the most rows of a tile with all batches
  static constexpr Index most_rows = Tile::most_rows;  ///< the most rows of any tile
  /// The most rows of a tile of `vectors` batches.
  static constexpr Index rows_of(Index vectors) { return detail::TileFunctions<Step>::rows_of(vectors); }
  /// Whether a change of the number of rows costs time.
  static constexpr bool prefers_full_tiles = false;

  /// The product for a tile of `tile_rows` <= rows_of(vectors) rows and `vectors` <= Tile::vectors batches, both at least 1.
  void multiply(Index tile_rows, Index vectors, const TileProduct<Step>& product) { detail::TileFunctions<Step>::multiply(tile_rows, vectors, product); }
};

}  // namespace adatape::simd
