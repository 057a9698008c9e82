#include "adatape/ops/fold.hpp"

#include <doctest/doctest.h>

#include "adatape/ops/trapezoid.hpp"
#include "random_values.hpp"

using namespace adatape;
using namespace adatape::testing;

TEST_CASE_TEMPLATE("trapezoid: the product of a lower trapezoidal matrix, as the full product has it", T, float, double) {
  struct Size {
    Index rows, cols;
  };
  for (const auto size : {Size{1, 1}, Size{5, 3}, Size{33, 33}, Size{40, 32}, Size{192, 192}, Size{100, 70}}) {
    CAPTURE(size.rows);
    CAPTURE(size.cols);
    auto l = random_values<T>(size.rows * size.cols, 1);
    for (Index i = 0; i < size.rows; ++i)
      for (Index j = i + 1; j < size.cols; ++j) l[static_cast<std::size_t>(i * size.cols + j)] = 0;
    for (const Index rows : {0, 1, 17, 60}) {
      const auto a = random_values<T>(rows * size.rows, 2);
      std::vector<T> packed(static_cast<std::size_t>(ops::packed_trapezoid_size<T>(size.rows, size.cols))), c(static_cast<std::size_t>(rows * size.cols)),
          wanted(c);
      const auto view = ops::pack_trapezoid<T>(ops::row_major(l.data(), size.rows, size.cols), packed.data());
      ops::trapezoid_product<T>(ops::row_major(a.data(), rows, size.rows), view, ops::row_major(c.data(), rows, size.cols));
      ops::gemm<T>(ops::row_major(a.data(), rows, size.rows), ops::row_major(l.data(), size.rows, size.cols), ops::row_major(wanted.data(), rows, size.cols));
      for (std::size_t i = 0; i < c.size(); ++i) CHECK(c[i] == wanted[i]);  // the products above a strip are 0
    }
  }
  CHECK(ops::trapezoid_macs(192, 192) == 32 * (192 + 160 + 128 + 96 + 64 + 32));
  CHECK(ops::trapezoid_macs(12, 12) == 144);
  CHECK(ops::trapezoid_macs(40, 33) == 40 * 32 + 8);
}

TEST_CASE("fold: products in double, as the reference has them") {
  const Index m = 37, k = 50, n = 29;
  const auto a = random_values<double>(m * k, 1), b = random_values<double>(k * n, 2);
  std::vector<double> c = random_values<double>(m * n, 3), wanted = c;
  for (const bool accumulate : {false, true}) {
    ops::fold(ops::row_major(a.data(), m, k), ops::row_major(b.data(), k, n), ops::row_major(c.data(), m, n), accumulate);
    ops::gemm<double>(ops::row_major(a.data(), m, k), ops::row_major(b.data(), k, n), ops::row_major(wanted.data(), m, n), {.accumulate = accumulate});
    for (std::size_t i = 0; i < c.size(); ++i) CHECK(std::abs(c[i] - wanted[i]) < 1e-13);
  }
}

TEST_CASE("orthogonal rows: A = L Q, Q Q' = I, and L is a trapezoid") {
  struct Case {
    Index rows, width, rank;  // rank of A
  };
  for (const auto now : {Case{1, 1, 1}, Case{6, 9, 6}, Case{9, 6, 6}, Case{12, 20, 4}, Case{48, 64, 48}, Case{5, 5, 0}, Case{64, 64, 64}}) {
    CAPTURE(now.rows);
    CAPTURE(now.width);
    const auto x = random_values<double>(now.rows * now.rank, 1);
    auto y = random_values<double>(now.rank * now.width, 2);
    for (std::size_t i = 0; i < y.size(); ++i) y[i] += 30;  // rows that are nearly parallel
    std::vector<double> a(static_cast<std::size_t>(now.rows * now.width));
    ops::gemm<double>(ops::row_major(x.data(), now.rows, now.rank), ops::row_major(y.data(), now.rank, now.width),
                      ops::row_major(a.data(), now.rows, now.width));
    const auto found = ops::orthogonal_rows(a, now.rows, now.width);
    const Index columns = std::min(now.rows, now.width);
    REQUIRE(found.rank == columns);
    std::vector<double> again(a.size()), squares(static_cast<std::size_t>(columns * columns));
    ops::gemm<double>(ops::row_major(found.l.data(), now.rows, columns), ops::row_major(found.q.data(), columns, now.width),
                      ops::row_major(again.data(), now.rows, now.width));
    double largest = 0;
    for (const double value : a) largest = std::max(largest, std::abs(value));
    for (std::size_t i = 0; i < a.size(); ++i) CHECK(std::abs(again[i] - a[i]) <= 1e-12 * largest);
    const auto q = ops::row_major(found.q.data(), columns, now.width);
    ops::gemm<double>(q, q.transposed(), ops::row_major(squares.data(), columns, columns));
    Index orthogonal = 0;
    for (Index i = 0; i < columns; ++i) {
      const bool is_zero = squares[static_cast<std::size_t>(i * columns + i)] == 0;
      orthogonal += !is_zero;
      for (Index j = 0; j < columns; ++j) CHECK(std::abs(squares[static_cast<std::size_t>(i * columns + j)] - (i == j && !is_zero)) < 1e-13);
    }
    CHECK(orthogonal == now.rank);
    for (Index i = 0; i < now.rows; ++i)
      for (Index j = i + 1; j < columns; ++j) CHECK(found.l[static_cast<std::size_t>(i * columns + j)] == 0);
  }
}
