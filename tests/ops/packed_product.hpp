#pragma once
/// What products promise whose B was packed as Stored, whatever Stored is.
#include <doctest/doctest.h>

#include <array>
#include <vector>

#include "adatape/ops/gelu.hpp"
#include "adatape/ops/gemm.hpp"
#include "operand.hpp"
#include "threads.hpp"

namespace adatape::testing {

/// Sizes of the tile of products with such a B.
template <class Stored>
using TileOf = typename std::conditional_t<std::is_same_v<Stored, Bf16>, simd::Bf16Step, simd::Int8Step>::Tile;

/// B, packed as Stored.
template <class Stored>
struct PackedOperand {
  std::vector<Stored> memory;
  ops::PackedMatrix<float, Stored> packed;
  explicit PackedOperand(Matrix<const float> b)
      : memory(static_cast<std::size_t>(ops::packed_size<float, Stored>(b.rows, b.cols))), packed(ops::pack<float>(b, memory.data())) {}
};

/// A row's bits depend neither on its place nor on the other rows, and a column's bits not on the other columns.
template <class Stored>
void check_places() {
  using Tile = TileOf<Stored>;
  const Index m = 3 * Tile::rows + 5, n = 3 * Tile::columns + 7, k = 2 * Tile::packed_depth + 77;
  const Operand a(m, k, Layout::rows, 4), b(k, n, Layout::rows, 5);
  const PackedOperand<Stored> weights(b.view);
  Operand all(m, n, Layout::rows, 6);
  ops::gemm(a.view, weights.packed, all.view);
  for (Index first : {Index{0}, Index{1}, Index{Tile::rows}, m - 1})
    for (Index count : {Index{1}, Index{2}, Index{Tile::rows + 1}}) {
      if (first + count > m) continue;
      Operand part(count, n, Layout::rows, 7);
      ops::gemm(a.view.middle_rows(first, count), weights.packed, part.view);
      CHECK(same_bits(part.view, all.view.middle_rows(first, count)));
    }
  for (Index column : {Index{0}, Index{1}, Tile::columns - 1})
    for (Index width : {Index{1}, simd::lanes<float>, Tile::columns + 3}) {
      const PackedOperand<Stored> some(b.view.middle_cols(column, width));
      Operand part(m, width, Layout::rows, 7);
      ops::gemm(a.view, some.packed, part.view);
      CHECK(same_bits(part.view, all.view.middle_cols(column, width)));
    }
}

/// Any number of threads gives the same bits. also(a, b, serial) is called with each number.
template <class Stored, class Also>
void check_threads(const Also& also) {
  for (const auto [m, n, k] : {std::array<Index, 3>{197, 150, 201}, {5, 3000, 400}, {3000, 5, 401}, {64, 64, 4096}}) {
    const Operand a(m, k, Layout::rows, 8), b(k, n, Layout::columns, 9);
    const PackedOperand<Stored> weights(b.view);
    Operand serial(m, n, Layout::rows, 10);
    ops::gemm_serial(a.view, weights.packed, serial.view);
    for (int count : {1, 2, 3, 8}) {
      const Threads threads(count);
      Operand c(m, n, Layout::rows, 11);
      ops::gemm(a.view, weights.packed, c.view);
      CHECK(same_bits(c.view, serial.view));
      also(a, b, serial);
    }
  }
}

/// Epilogues see every finished element once, with its row and column. activate(a, b, weights, c, gelu) computes c = gelu(A B).
template <class Stored, class Activate>
void check_epilogues(const Activate& activate) {
  using Tile = TileOf<Stored>;
  using Gelu = ops::GeluEpilogue<ops::GeluForm::tanh>;
  for (Layout layout : {Layout::rows, Layout::padded_columns}) {
    const Index m = 2 * Tile::rows + 1, n = 2 * Tile::columns + 3, k = 2 * Tile::packed_depth + 5;
    const Operand a(m, k, Layout::rows, 16), b(k, n, Layout::rows, 17);
    const PackedOperand<Stored> weights(b.view);
    Operand c(m, n, layout, 18), plain(m, n, Layout::rows, 19), activated(m, n, layout, 20);
    ops::gemm(a.view, weights.packed, plain.view);
    ops::gemm(a.view, weights.packed, c.view, {}, RowColumnEpilogue{});
    activate(a.view, b.view, weights.packed, activated.view, Gelu{});
    bool equal = true, same_gelu = true;
    for (Index i = 0; i < m; ++i)
      for (Index j = 0; j < n; ++j) {
        const double want = static_cast<double>(plain.view(i, j)) * static_cast<double>(i * 1000 + j) + 1;
        equal = equal && std::abs(static_cast<double>(c.view(i, j)) - want) <= 1e-6 * (1 + std::abs(want));
        const double gelu = ops::scalar::gelu<ops::GeluForm::tanh>(static_cast<double>(plain.view(i, j)));
        same_gelu = same_gelu && std::abs(static_cast<double>(activated.view(i, j)) - gelu) <= 1e-6 * (1 + std::abs(gelu));
      }
    CHECK(equal);
    CHECK(same_gelu);
    CHECK(c.count_nan() == c.size_outside());
  }
}

}  // namespace adatape::testing
