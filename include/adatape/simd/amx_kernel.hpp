#pragma once
/// The innermost product on the tile registers of AMX.
#include "adatape/simd/amx_step.hpp"
#include "adatape/simd/gemm_kernel.hpp"

#if defined(ADATAPE_AMX)
/// Register c += register a times register b. A macro, because the compilers take the numbers of registers as they are written.
#define ADATAPE_MULTIPLY_TILES(c, a, b)            \
  if constexpr (std::is_same_v<Step, AmxBf16Step>) \
    _tile_dpbf16ps(c, a, b);                       \
  else                                             \
    _tile_dpbusd(c, a, b)

namespace adatape::inline ADATAPE_NAMESPACE::simd {

/// Two by two tiles of C, [rows, 2 * 16], two tiles of A, two of B: all eight registers.
/// Objects of this class have the registers of AMX in the state that the product wants. So they live on the stack of one thread, one at a time. The constructor
/// throws Error where the system refuses AMX.
template <class Step>
requires is_amx_step<Step>
class TileKernel<Step> {
 public:
  static constexpr Index rows = AmxTile::rows, most_rows = rows;
  static constexpr Index rows_of(Index) { return rows; }
  /// To change the number of rows takes about 100 ns, as long as 130 thousand multiply-accumulates of bf16.
  static constexpr bool prefers_full_tiles = true;

  TileKernel() { require_amx(); }
  TileKernel(const TileKernel&) = delete;
  TileKernel& operator=(const TileKernel&) = delete;
  ~TileKernel() { _tile_release(); }

  /// As the primary template says.
  void multiply(Index tile_rows, Index vectors, const TileProduct<Step>& p) {
    if (tile_rows != configured_) configure(tile_rows);
    if (p.ahead) fetch_all(*p.ahead);
    if (tile_rows > height)
      vectors == 1 ? run<2, 1>(p) : run<2, 2>(p);
    else
      vectors == 1 ? run<1, 1>(p) : run<1, 2>(p);
  }

 private:
  using Scalar = typename Step::Scalar;
  static constexpr int height = 16, row_bytes = 64, width = row_bytes / static_cast<int>(sizeof(Scalar));

  /// The layout that the instruction LDTILECFG reads.
  struct alignas(64) Configuration {
    std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
    std::uint16_t bytes_of_row[16] = {};
    std::uint8_t rows[16] = {};
  };

  /// Registers 0 to 3: C by rows. 4 and 5: A. 6 and 7: B.
  void configure(Index tile_rows) {
    Configuration configuration;
    const auto upper = static_cast<std::uint8_t>(tile_rows < height ? tile_rows : height), lower = static_cast<std::uint8_t>(tile_rows - upper);
    const std::uint8_t of_register[8] = {upper, upper, lower, lower, upper, lower, height, height};
    for (int r = 0; r < 8; ++r) {
      configuration.rows[r] = of_register[r];
      configuration.bytes_of_row[r] = of_register[r] > 0 ? row_bytes : 0;
    }
    asm volatile("" ::"r"(&configuration) : "memory");  // g++ 12 takes _tile_loadconfig for a reader of 8 bytes, and leaves the others unwritten
    _tile_loadconfig(&configuration);
    configured_ = tile_rows;
  }

  template <int a_tiles, int vectors>
  static void run(const TileProduct<Step>& p) {
    asm volatile("" ::: "memory");  // g++ 12 does not know that _tile_loadd reads memory
    const Scalar* const start = p.start;
    const auto start_bytes = bytes<Scalar>(p.start_row), a_bytes = bytes<typename Step::Left>(p.a_row);
    _tile_loadd(0, start, start_bytes);
    if constexpr (vectors > 1) _tile_loadd(1, start + width, start_bytes);
    if constexpr (a_tiles > 1) _tile_loadd(2, start + height * p.start_row, start_bytes);
    if constexpr (a_tiles > 1 && vectors > 1) _tile_loadd(3, start + height * p.start_row + width, start_bytes);
    const auto* a = p.a;
    const auto* b = p.b;
    // Rows of a tile of B are as far apart as the groups of one k are long.
    const auto b_bytes = bytes<typename Step::Right>(p.b_step / (Step::depth / Step::packed));
    for (Index steps = p.steps; steps > 0; --steps, a += Step::depth, b += p.b_step) {
      _tile_loadd(6, b, b_bytes);
      _tile_loadd(4, a, a_bytes);
      ADATAPE_MULTIPLY_TILES(0, 4, 6);
      if constexpr (vectors > 1) {
        _tile_loadd(7, b + width * Step::packed, b_bytes);
        ADATAPE_MULTIPLY_TILES(1, 4, 7);
      }
      if constexpr (a_tiles > 1) {
        _tile_loadd(5, a + height * p.a_row, a_bytes);
        ADATAPE_MULTIPLY_TILES(2, 5, 6);
      }
      if constexpr (a_tiles > 1 && vectors > 1) {
        ADATAPE_MULTIPLY_TILES(3, 5, 7);
      }
    }
    const auto c_bytes = bytes<Scalar>(p.c_row);
    _tile_stored(0, p.c, c_bytes);
    if constexpr (vectors > 1) _tile_stored(1, p.c + width, c_bytes);
    if constexpr (a_tiles > 1) _tile_stored(2, p.c + height * p.c_row, c_bytes);
    if constexpr (a_tiles > 1 && vectors > 1) _tile_stored(3, p.c + height * p.c_row + width, c_bytes);
  }
  template <class T>
  static constexpr auto bytes(Index values) {
    return static_cast<std::size_t>(values) * sizeof(T);
  }

  Index configured_ = 0;
};

}  // namespace adatape::simd
#undef ADATAPE_MULTIPLY_TILES
#endif
