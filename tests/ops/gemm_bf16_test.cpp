// Products of bf16: of a B that is stored as bf16, and of a B of float that is rounded while the product runs.
#include <doctest/doctest.h>

#include <array>
#include <tuple>

#include "packed_product.hpp"

using namespace adatape;
using namespace adatape::testing;

namespace {

using Tile = simd::Bf16Step::Tile;
using Bf16Weights = PackedOperand<Bf16>;

/// The library's promise for one element.
float bf16_chain(Matrix<const float> a, Matrix<const float> b, Index i, Index j, float start) {
  for (Index k = 0; k < a.cols; k += simd::bf16_group) {
    Bf16 of_a[simd::bf16_group] = {}, of_b[simd::bf16_group] = {};
    for (Index l = 0; l < std::min(simd::bf16_group, a.cols - k); ++l) of_a[l] = simd::scalar::rounded_to_bf16(a(i, k + l)), of_b[l] = Bf16(b(k + l, j));
    start = simd::scalar::add_dot_of_group(of_a, of_b, start);
  }
  return start;
}

double rounded(float x) { return static_cast<double>(static_cast<float>(Bf16(x))); }

/// Checks one product in every combination of accumulate, bias and kind of B: bits against the chain, whose values are those of products in double of the
/// rounded factors.
void check_bf16_product(Index m, Index n, Index k, Layout a_layout = Layout::rows, Layout b_layout = Layout::rows, Layout c_layout = Layout::rows) {
  CAPTURE(m);
  CAPTURE(n);
  CAPTURE(k);
  CAPTURE(static_cast<int>(a_layout));
  CAPTURE(static_cast<int>(b_layout));
  CAPTURE(static_cast<int>(c_layout));
  const Operand a(m, k, a_layout, 1), b(k, n, b_layout, 2);
  const Bf16Weights weights(b.view);
  const auto bias = bias_values(n);
  for (int which = 0; which < 4; ++which) {
    const bool accumulate = which & 1, with_bias = which & 2;
    const Operand before(m, n, c_layout, 3);
    Operand packed(m, n, c_layout, 3), rounded_on_the_way(m, n, c_layout, 3);
    if (!accumulate)  // what stood in C before must not matter
      for (Index i = 0; i < m; ++i)
        for (Index j = 0; j < n; ++j) packed.view(i, j) = rounded_on_the_way.view(i, j) = not_a_number;
    const ops::GemmOptions<float> options{.accumulate = accumulate, .bias = with_bias ? bias.data() : nullptr, .products = Products::bf16};
    ops::gemm(a.view, weights.packed, packed.view, options);
    ops::gemm<float>(a.view, b.view, rounded_on_the_way.view, options);
    bool exact = true, near = true;
    for (Index i = 0; i < m; ++i) {
      for (Index j = 0; j < n; ++j) {
        float start = accumulate ? before.view(i, j) : 0.f;
        if (with_bias) start += bias[static_cast<std::size_t>(j)];
        const float wanted = bf16_chain(a.view, b.view, i, j, start);
        exact = exact && same_bits(packed.view(i, j), wanted) && same_bits(rounded_on_the_way.view(i, j), wanted);
        near = near && is_near_sum(wanted, start, k, [&](Index l) { return rounded(a.view(i, l)) * rounded(b.view(l, j)); });
      }
    }
    CHECK(exact);
    CHECK(near);
    CHECK(packed.count_nan() == packed.size_outside());
    CHECK(rounded_on_the_way.count_nan() == rounded_on_the_way.size_outside());
  }
}

}  // namespace

TEST_CASE("gemm of bf16: every size from 0 to 40") {
  for (Index size = 0; size <= 40; ++size) {
    check_bf16_product(size, 37, 5);
    check_bf16_product(Tile::rows + 1, size, 6);
    check_bf16_product(3, Tile::columns + 1, size);
    check_bf16_product(size, size, size);
  }
}

TEST_CASE("gemm of bf16: every layout of A, B and C") {
  for (Layout a : layouts)
    for (Layout b : layouts)
      for (Layout c : layouts) check_bf16_product(Tile::rows + 2, Tile::columns + 3, 19, a, b, c);
}

TEST_CASE("gemm of bf16: k around the depth of a panel, m around the height of a block") {
  for (Index k : {Tile::depth - 1, Tile::depth + 1, Tile::packed_depth - 1, Tile::packed_depth, Tile::packed_depth + 1, 2 * Tile::packed_depth,
                  2 * Tile::packed_depth + 1, 4 * Tile::packed_depth + 3})
    check_bf16_product(Tile::rows + 1, Tile::columns + 5, k);
  const Index block_rows = Tile::block_values / Tile::packed_depth;
  for (Index m : {block_rows / 2, block_rows + 1, 2 * block_rows + 1}) check_bf16_product(m, Tile::columns + 1, Tile::packed_depth + 1);
}

TEST_CASE("gemm of bf16: rows of A a page apart, and no memory is left taken") {
  check_bf16_product(Tile::rows + 3, 3 * Tile::columns, 1024);
  check_bf16_product(Tile::rows + 3, 3 * Tile::columns, 2048);
  const auto warm = thread_arena().capacity();
  check_bf16_product(Tile::rows + 3, 3 * Tile::columns, 2048);
  CHECK(thread_arena().capacity() == warm);
  CHECK(thread_arena().in_use() == 0);
}

TEST_CASE("gemm of bf16: the products of a dense layer, y = x W, dW = x^T dy and dx = dy W^T") {
  for (const auto [rows, in, out] : {std::array<Index, 3>{67, 96, 131}, {197, 49, 160}, {1, 33, 70}, {130, 1, 3}, {66, 800, 32}})
    for (const auto& [m, n, k, a, b] : {std::tuple{rows, out, in, Layout::rows, Layout::rows}, std::tuple{in, out, rows, Layout::columns, Layout::rows},
                                        std::tuple{rows, in, out, Layout::padded_rows, Layout::columns}})
      check_bf16_product(m, n, k, a, b);
}

TEST_CASE("gemm of bf16: the choice of products has no effect on other types than float") {
  const std::vector<double> a{1.001, 2.002, 3.003}, b{4.004, 5.005, 6.006};
  double exact = 0, chosen = 0;
  ops::gemm<double>(ops::row_major(a.data(), 1, 3), ops::row_major(b.data(), 3, 1), ops::row_major(&exact, 1, 1));
  ops::gemm<double>(ops::row_major(a.data(), 1, 3), ops::row_major(b.data(), 3, 1), ops::row_major(&chosen, 1, 1), {.products = Products::bf16});
  CHECK(chosen == exact);
}

TEST_CASE("gemm of bf16: a row's bits depend neither on its place nor on the other rows") { check_places<Bf16>(); }

TEST_CASE("gemm of bf16: any number of threads gives the same bits") {
  check_threads<Bf16>([](const Operand& a, const Operand& b, const Operand& serial) {
    Operand rounded(serial.view.rows, serial.view.cols, Layout::rows, 12);
    ops::gemm<float>(a.view, b.view, rounded.view, {.products = Products::bf16});
    CHECK(same_bits(rounded.view, serial.view));
  });
}

TEST_CASE("gemm of bf16: epilogues see every finished element once, with its row and column") {
  check_epilogues<Bf16>(
      [](const auto& a, const auto& b, const auto&, const auto& c, const auto& gelu) { ops::gemm<float>(a, b, c, {.products = Products::bf16}, gelu); });
}

TEST_CASE("gemm of bf16: infinity and NaN stay where they are, zeros behind the last k change nothing") {
  Operand a(3, 5, Layout::rows, 21), b(5, 4, Layout::rows, 22);
  a.view(1, 4) = std::numeric_limits<float>::infinity();
  a.view(2, 4) = not_a_number;
  for (Index j = 0; j < 4; ++j) b.view(4, j) = 1;
  Operand c(3, 4, Layout::rows, 23);
  const Bf16Weights weights(b.view);
  ops::gemm(a.view, weights.packed, c.view);
  for (Index j = 0; j < 4; ++j) {
    CHECK(std::isfinite(c.view(0, j)));
    CHECK(c.view(1, j) == std::numeric_limits<float>::infinity());
    CHECK(std::isnan(c.view(2, j)));
  }
}
