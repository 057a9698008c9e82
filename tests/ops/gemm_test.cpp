#include "adatape/ops/gemm.hpp"

#include <doctest/doctest.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <thread>
#include <vector>

#include "operand.hpp"
#include "threads.hpp"

using namespace adatape;
using namespace adatape::testing;
using ops::Matrix;

namespace {

using Tile = simd::GemmTile<float>;

/// The library's promise: fma where the instruction set has it, k ascending, starting from C, bias or 0.
float chain(Matrix<const float> a, Matrix<const float> b, Index i, Index j, float start) {
  for (Index k = 0; k < a.cols; ++k) {
#if defined(__FMA__) || defined(__aarch64__)
    start = std::fma(a(i, k), b(k, j), start);
#else
    start += a(i, k) * b(k, j);
#endif
  }
  return start;
}

/// Checks one product in every combination of accumulate and bias, unpacked and packed.
void check_product(Index m, Index n, Index k, Layout a_layout, Layout b_layout, Layout c_layout) {
  CAPTURE(m);
  CAPTURE(n);
  CAPTURE(k);
  CAPTURE(static_cast<int>(a_layout));
  CAPTURE(static_cast<int>(b_layout));
  CAPTURE(static_cast<int>(c_layout));
  const Operand a(m, k, a_layout, 1), b(k, n, b_layout, 2), c_before(m, n, c_layout, 3);
  const auto bias = bias_values(n);
  std::vector<float> packed_memory(static_cast<std::size_t>(ops::packed_size<float>(k, n)));
  const auto packed = ops::pack<float>(b.view, packed_memory.data());
  for (bool accumulate : {false, true}) {
    for (bool with_bias : {false, true}) {
      const ops::GemmOptions<float> options{accumulate, with_bias ? bias.data() : nullptr};
      Operand c = c_before, c_packed = c_before;
      c.view.data = c.memory.data() + 5;
      c_packed.view.data = c_packed.memory.data() + 5;
      if (!accumulate)  // what stood in C before must not matter
        for (Index i = 0; i < m; ++i)
          for (Index j = 0; j < n; ++j) c.view(i, j) = not_a_number;
      ops::gemm(a.view, b.view, c.view, options);
      ops::gemm(a.view, packed, c_packed.view, options);
      bool exact = true, near = true;
      for (Index i = 0; i < m; ++i) {
        for (Index j = 0; j < n; ++j) {
          float start = accumulate ? c_before.view(i, j) : 0.f;
          if (with_bias) start += bias[static_cast<std::size_t>(j)];
          exact = exact && same_bits(c.view(i, j), chain(a.view, b.view, i, j, start));
          near = near && is_near_sum(c.view(i, j), start, k, [&](Index l) { return static_cast<double>(a.view(i, l)) * static_cast<double>(b.view(l, j)); });
        }
      }
      CHECK(exact);
      CHECK(near);
      CHECK(same_bits(c.view, c_packed.view));
      CHECK(c.count_nan() == c.size_outside());
    }
  }
}

}  // namespace

TEST_CASE("gemm: sizes around the tile, row-major") {
  for (int m : {0, 1, 2, 5, Tile::rows - 1, Tile::rows, Tile::rows + 1, Tile::most_rows, Tile::most_rows + 1, 5 * Tile::most_rows + 3})
    for (Index n = 0; n <= Tile::columns + simd::lanes<float> + 2; n += n < 3 || (n + 2) % simd::lanes<float> < 4 ? 1 : 3)
      for (Index k : {0, 1, 2, 9}) check_product(m, n, k, Layout::rows, Layout::rows, Layout::rows);
}

TEST_CASE("gemm: pieces of rows are adjacent, of nearly equal sizes, the longer ones first") {
  for (const Index first : {0, 5})
    for (const Index size : {0, 1, 8, 9, 10, 196})
      for (const Index parts : {1, 2, 9, 22}) {
        const ops::detail::Pieces pieces({first, first + size}, parts);
        Index end = first;
        for (Index part = 0; part < parts; ++part) {
          CHECK(pieces(part).first == end);
          CHECK(pieces(part).size() == size / parts + (part < size % parts ? 1 : 0));
          end = pieces(part).end;
        }
        CHECK(end == first + size);
        CHECK(pieces(parts).first == end);
      }
}

TEST_CASE("gemm: every layout of A, B and C") {
  for (Layout a : layouts)
    for (Layout b : layouts)
      for (Layout c : layouts) {
        check_product(Tile::rows + 2, Tile::columns + 3, 19, a, b, c);
        check_product(3, 2 * Tile::columns, 2 * simd::lanes<float> + 1, a, b, c);
        check_product(5 * Tile::rows, simd::lanes<float> - 1, 6, a, b, c);
      }
}

TEST_CASE("gemm: columns that are cut into strips of unequal widths") {
  for (Index batches = 2; batches <= 2 * Tile::vectors + 2; ++batches)
    for (Index last : {Index{1}, simd::lanes<float>})
      check_product(2 * Tile::most_rows + 1, (batches - 1) * simd::lanes<float> + last, 7, Layout::rows, Layout::rows, Layout::rows);
}

TEST_CASE("gemm: k around the depth of a panel, m around the height of a block") {
  for (Layout layout : {Layout::rows, Layout::columns}) {
    for (Index k : {Tile::depth - 1, Tile::depth, Tile::depth + 1, 2 * Tile::depth + 1})
      check_product(Tile::rows + 1, Tile::columns + 5, k, layout, layout, layout);
    const Index block_rows = Tile::block_values / Tile::depth;
    for (Index m : {block_rows - 1, block_rows, block_rows + 1}) check_product(m, Tile::columns + 1, Tile::depth, layout, layout, layout);
    check_product(2 * block_rows + 1, 3 * Tile::columns, Tile::depth + 1, layout, layout, Layout::padded_rows);
  }
}

TEST_CASE("gemm: k = 0 needs no memory for A and B") {
  std::vector<float> c(2 * 3, 5.f), bias{1.f, 2.f, 3.f};
  const auto a = ops::row_major<const float>(nullptr, 2, 0), b = ops::row_major<const float>(nullptr, 0, 3);
  const auto view = ops::row_major(c.data(), 2, 3);
  ops::gemm(a, b, view, {.accumulate = true});
  CHECK(c == std::vector<float>(6, 5.f));
  ops::gemm(a, b, view, {.bias = bias.data()});
  CHECK(c == std::vector<float>{1, 2, 3, 1, 2, 3});
  ops::gemm(a, b, view);
  CHECK(c == std::vector<float>(6, 0.f));
}

TEST_CASE("gemm: rows of A a page apart") {
  check_product(Tile::rows + 3, 3 * Tile::columns, 1024, Layout::rows, Layout::rows, Layout::rows);
  check_product(1024, 3 * Tile::columns, Tile::depth + 2, Layout::columns, Layout::rows, Layout::rows);
  const Index warm = static_cast<Index>(thread_arena().capacity());
  check_product(Tile::rows + 3, 3 * Tile::columns, 1024, Layout::rows, Layout::rows, Layout::rows);
  CHECK(static_cast<Index>(thread_arena().capacity()) == warm);
  CHECK(thread_arena().in_use() == 0);
}

TEST_CASE("gemm: a row's bits depend neither on its place nor on the other rows and columns") {
  const Index m = 3 * Tile::rows + 5, n = 3 * Tile::columns + 7, k = Tile::depth + 77;
  const Operand a(m, k, Layout::rows, 4), b(k, n, Layout::rows, 5);
  Operand all(m, n, Layout::rows, 6);
  ops::gemm(a.view, b.view, all.view);
  for (Index first : {Index{0}, Index{1}, Index{Tile::rows}, m - 1}) {
    for (Index count : {Index{1}, Index{2}, Index{Tile::rows + 1}}) {
      if (first + count > m) continue;
      for (Index column : {Index{0}, Index{1}, Tile::columns - 1}) {
        for (Index width : {Index{1}, simd::lanes<float>, Tile::columns + 3}) {
          Operand part(count, width, Layout::rows, 7);
          ops::gemm(a.view.middle_rows(first, count), b.view.middle_cols(column, width), part.view);
          CHECK(same_bits(part.view, all.view.block(first, column, count, width)));
        }
      }
    }
  }
}

TEST_CASE("gemm: any number of threads gives the same bits") {
  const Threads guard(1);
  for (const auto [m, n, k] : {std::array<Index, 3>{197, 150, 200}, {5, 3000, 400}, {3000, 5, 400}, {64, 64, 4096}}) {
    const Operand a(m, k, Layout::rows, 8), b(k, n, Layout::columns, 9);
    Operand serial(m, n, Layout::rows, 10);
    ops::gemm_serial(a.view, b.view, serial.view);
    for (int threads : {1, 2, 3, 8}) {
      set_threads(threads);
      Operand c(m, n, Layout::rows, 11);
      ops::gemm(a.view, b.view, c.view);
      CHECK(same_bits(c.view, serial.view));
    }
  }
}

TEST_CASE("gemm: many threads of the user at once") {
  const Index m = 100, n = 90, k = 1024;
  const Operand a(m, k, Layout::rows, 12), b(k, n, Layout::rows, 13);
  Operand expected(m, n, Layout::rows, 14);
  ops::gemm_serial(a.view, b.view, expected.view);
  std::vector<int> right(8, 0);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < right.size(); ++t)
    threads.emplace_back([&, t] {
      for (int repeat = 0; repeat < 5; ++repeat) {
        Operand c(m, n, Layout::rows, 15);
        ops::gemm(a.view, b.view, c.view);
        right[t] += same_bits(c.view, expected.view);
      }
    });
  for (auto& thread : threads) thread.join();
  for (int count : right) CHECK(count == 5);
}

TEST_CASE("gemm: the epilogue sees every finished element once, with its row and column") {
  for (Layout layout : {Layout::rows, Layout::padded_columns}) {
    const Index m = 2 * Tile::rows + 1, n = 2 * Tile::columns + 3, k = Tile::depth + 5;
    const Operand a(m, k, Layout::rows, 16), b(k, n, Layout::rows, 17);
    Operand c(m, n, layout, 18), plain(m, n, Layout::rows, 19);
    ops::gemm(a.view, b.view, plain.view);
    ops::gemm(a.view, b.view, c.view, {}, RowColumnEpilogue{});
    bool equal = true;
    for (Index i = 0; i < m; ++i)
      for (Index j = 0; j < n; ++j) {
        const double want = static_cast<double>(plain.view(i, j)) * static_cast<double>(i * 1000 + j) + 1;
        equal = equal && std::abs(static_cast<double>(c.view(i, j)) - want) <= 1e-6 * (1 + std::abs(want));
      }
    CHECK(equal);
    CHECK(c.count_nan() == c.size_outside());
  }
}

TEST_CASE("gemm: double follows the definition") {
  const Index m = 3, n = 4, k = 5;
  std::vector<double> a(m * k), b(k * n), c(m * n, 2.0), packed(static_cast<std::size_t>(ops::packed_size<double>(k, n))), bias(n, 0.5);
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = 0.25 * static_cast<double>(i) - 1;
  for (std::size_t i = 0; i < b.size(); ++i) b[i] = 0.5 * static_cast<double>(i % 7) - 1;
  const auto a_view = ops::row_major(a.data(), m, k), b_view = ops::row_major(b.data(), k, n), c_view = ops::row_major(c.data(), m, n);
  ops::gemm(a_view, b_view, c_view, {true, bias.data()}, RowColumnEpilogue{});
  for (Index i = 0; i < m; ++i)
    for (Index j = 0; j < n; ++j) {
      double want = 2.5;
      for (Index l = 0; l < k; ++l) want += a_view(i, l) * b_view(l, j);
      CHECK(c_view(i, j) == doctest::Approx(want * static_cast<double>(i * 1000 + j) + 1).epsilon(1e-14));
    }
  std::vector<double> d(m * n);
  ops::gemm(a_view, b_view, c_view);
  ops::gemm(a_view, ops::pack<double>(b_view, packed.data()), ops::row_major(d.data(), m, n));
  CHECK(c == d);
}
