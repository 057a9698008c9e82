// Products whose B is stored as int8.
#include <doctest/doctest.h>

#include "packed_product.hpp"

using namespace adatape;
using namespace adatape::testing;

namespace {

using Tile = simd::Int8Step::Tile;
using Int8Weights = PackedOperand<std::int8_t>;

/// A row or a column as integers: value = scale * integer up to rounding.
struct QuantisedValues {
  float scale = 0;
  std::vector<int> integers;
};
template <class At>
QuantisedValues quantised(Index count, const At& at) {
  float largest = 0x1p-100f;
  bool finite = true;
  for (Index k = 0; k < count; ++k) {
    largest = std::max(largest, std::abs(at(k)));
    finite = finite && std::isfinite(at(k));
  }
  float scale = largest / 127;
  if (int exponent; true) {  // rounded up to 17 bits
    const float fraction = std::frexp(scale, &exponent);
    scale = std::ldexp(std::ceil(fraction * 0x1p17f) * 0x1p-17f, exponent);
  }
  QuantisedValues result{finite ? scale : not_a_number, {}};
  const float inverse = 1 / scale;
  for (Index k = 0; k < count; ++k) result.integers.push_back(finite ? static_cast<int>(std::nearbyint(at(k) * inverse)) : 0);
  return result;
}

/// A and B after quantisation, and the library's promise for one element of their product.
struct Int8Reference {
  std::vector<QuantisedValues> rows, columns;
  Int8Reference(Matrix<const float> a, Matrix<const float> b) {
    for (Index i = 0; i < a.rows; ++i) rows.push_back(quantised(a.cols, [&](Index k) { return a(i, k); }));
    for (Index j = 0; j < b.cols; ++j) columns.push_back(quantised(b.rows, [&](Index k) { return b(k, j); }));
  }
  float element(Index i, Index j, float start) const {
    const auto& row = rows[static_cast<std::size_t>(i)];
    const auto& column = columns[static_cast<std::size_t>(j)];
    std::int64_t sum = 0;
    for (std::size_t k = 0; k < row.integers.size(); ++k) sum += row.integers[k] * column.integers[k];
    return multiply_add(static_cast<float>(sum), row.scale * column.scale, start);
  }
};

/// Checks the bits of one product in every combination of accumulate and bias.
void check_int8_product(Index m, Index n, Index k, Layout a_layout = Layout::rows, Layout b_layout = Layout::rows, Layout c_layout = Layout::rows) {
  CAPTURE(m);
  CAPTURE(n);
  CAPTURE(k);
  CAPTURE(static_cast<int>(a_layout));
  CAPTURE(static_cast<int>(b_layout));
  CAPTURE(static_cast<int>(c_layout));
  const Operand a(m, k, a_layout, 1), b(k, n, b_layout, 2);
  const Int8Weights weights(b.view);
  const Int8Reference reference(a.view, b.view);
  const auto bias = bias_values(n);
  for (bool accumulate : {false, true}) {
    for (bool with_bias : {false, true}) {
      const Operand before(m, n, c_layout, 3);
      Operand c(m, n, c_layout, 3);
      if (!accumulate)  // what stood in C before must not matter
        for (Index i = 0; i < m; ++i)
          for (Index j = 0; j < n; ++j) c.view(i, j) = not_a_number;
      ops::gemm(a.view, weights.packed, c.view, {accumulate, with_bias ? bias.data() : nullptr});
      bool exact = true;
      for (Index i = 0; i < m; ++i) {
        for (Index j = 0; j < n; ++j) {
          float start = accumulate ? before.view(i, j) : 0.f;
          if (with_bias) start += bias[static_cast<std::size_t>(j)];
          exact = exact && same_bits(c.view(i, j), reference.element(i, j, start));
        }
      }
      CHECK(exact);
      CHECK(c.count_nan() == c.size_outside());
    }
  }
}

}  // namespace

TEST_CASE("gemm of int8: every size from 0 to 40") {
  for (Index size = 0; size <= 40; ++size) {
    check_int8_product(size, 37, 5);
    check_int8_product(Tile::rows + 1, size, 6);
    check_int8_product(3, Tile::columns + 1, size);
    check_int8_product(size, size, size);
  }
}

TEST_CASE("gemm of int8: every layout of A, B and C") {
  for (Layout a : layouts)
    for (Layout b : layouts)
      for (Layout c : layouts) check_int8_product(Tile::rows + 2, Tile::columns + 3, 19, a, b, c);
}

TEST_CASE("gemm of int8: k around the depth of a panel, m around the height of a block") {
  for (Index k :
       {Tile::packed_depth - 1, Tile::packed_depth, Tile::packed_depth + 1, 2 * Tile::packed_depth, 2 * Tile::packed_depth + 1, 4 * Tile::packed_depth + 3})
    check_int8_product(Tile::rows + 1, Tile::columns + 5, k);
  const Index block_rows = Tile::block_values / Tile::packed_depth;
  for (Index m : {block_rows / 2, block_rows + 1, 4 * block_rows + 1}) check_int8_product(m, Tile::columns + 1, Tile::packed_depth + 1);
}

TEST_CASE("gemm of int8: rows of A a page apart, and no memory is left taken") {
  check_int8_product(Tile::rows + 3, 3 * Tile::columns, 1024);
  check_int8_product(Tile::rows + 3, 3 * Tile::columns, 2048);
  const auto warm = thread_arena().capacity();
  check_int8_product(Tile::rows + 3, 3 * Tile::columns, 2048);
  CHECK(thread_arena().capacity() == warm);
  CHECK(thread_arena().in_use() == 0);
}

TEST_CASE("gemm of int8: a row's bits depend neither on its place nor on the other rows") { check_places<std::int8_t>(); }

TEST_CASE("gemm of int8: any number of threads gives the same bits") {
  check_threads<std::int8_t>([](const auto&...) {});
}

TEST_CASE("gemm of int8: epilogues see every finished element once, with its row and column") {
  check_epilogues<std::int8_t>([](const auto& a, const auto&, const auto& weights, const auto& c, const auto& gelu) { ops::gemm(a, weights, c, {}, gelu); });
}

TEST_CASE("gemm of int8: a row or a column that is not finite gives NaN, and changes no other") {
  Operand a(4, 70, Layout::rows, 21), b(70, 5, Layout::rows, 22);
  a.view(1, 69) = std::numeric_limits<float>::infinity();
  a.view(2, 3) = not_a_number;
  b.view(68, 4) = -std::numeric_limits<float>::infinity();
  b.view(0, 3) = not_a_number;
  Operand c(4, 5, Layout::rows, 23);
  const Int8Weights weights(b.view);
  ops::gemm(a.view, weights.packed, c.view);
  for (Index i = 0; i < 4; ++i)
    for (Index j = 0; j < 5; ++j) CHECK(std::isnan(c.view(i, j)) == (i == 1 || i == 2 || j >= 3));
}

TEST_CASE("gemm of int8: zeros, tiny values and the largest floats keep their scale") {
  for (const float size : {0.f, 0x1p-149f, 0x1p-110f, 1.f, 0x1p100f}) {
    Operand a(3, 9, Layout::rows, 24), b(9, 3, Layout::rows, 25);
    for (Index i = 0; i < 3; ++i)
      for (Index k = 0; k < 9; ++k) a.view(i, k) *= size;
    const Int8Weights weights(b.view);
    const Int8Reference reference(a.view, b.view);
    Operand c(3, 3, Layout::rows, 26);
    ops::gemm(a.view, weights.packed, c.view);
    for (Index i = 0; i < 3; ++i)
      for (Index j = 0; j < 3; ++j) CHECK(same_bits(c.view(i, j), reference.element(i, j, 0.f)));
  }
}

TEST_CASE("gemm of int8: the error of an element is at most what rounding to integers allows") {
  const Index m = 33, n = 40, k = 777;
  const Operand a(m, k, Layout::rows, 27), b(k, n, Layout::rows, 28);
  const Int8Weights weights(b.view);
  const Int8Reference reference(a.view, b.view);
  Operand c(m, n, Layout::rows, 29);
  ops::gemm(a.view, weights.packed, c.view);
  double largest = 0;
  for (Index i = 0; i < m; ++i)
    for (Index j = 0; j < n; ++j) {
      const double s = static_cast<double>(reference.rows[static_cast<std::size_t>(i)].scale),
                   t = static_cast<double>(reference.columns[static_cast<std::size_t>(j)].scale);
      double wanted = 0, bound = 1e-5;
      for (Index l = 0; l < k; ++l) {
        const double x = static_cast<double>(a.view(i, l)), y = static_cast<double>(b.view(l, j));
        wanted += x * y;
        bound += 0.5 * s * std::abs(y) + 0.5 * t * std::abs(x) + 0.25 * s * t;
      }
      const double error = std::abs(static_cast<double>(c.view(i, j)) - wanted);
      CHECK(error <= bound);
      largest = std::max(largest, error);
    }
  CHECK(largest > 0);
}

TEST_CASE("int8: what was quantised once keeps its scale and its integers") {
  for (std::uint32_t seed = 1; seed <= 200; ++seed) {
    const Operand b(37, 45, Layout::rows, seed);
    const Int8Weights once(b.view);
    Operand rounded(37, 45, Layout::rows, seed);
    for (Index j = 0; j < 45; ++j) {
      const auto column = quantised(37, [&](Index k) { return b.view(k, j); });
      for (Index k = 0; k < 37; ++k) rounded.view(k, j) = column.scale * static_cast<float>(column.integers[static_cast<std::size_t>(k)]);
    }
    CHECK(Int8Weights(rounded.view).memory == once.memory);
  }
}

TEST_CASE("gemm of int8: more rows than an exact sum allows are refused") {
  const std::vector<float> column(static_cast<std::size_t>(simd::int8_most_depth + 1));
  std::vector<std::int8_t> memory(static_cast<std::size_t>(ops::packed_size<float, std::int8_t>(simd::int8_most_depth + 1, 1)));
  CHECK_THROWS_WITH_AS(ops::pack<float>(ops::row_major(column.data(), simd::int8_most_depth + 1, 1), memory.data()),
                       "pack: wanted at most 65536 rows of weights stored as int8, found 65537", Error);
}
