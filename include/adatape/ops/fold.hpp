#pragma once
/// What is computed once from parameters, in double: products of dense layers, and the decomposition of a matrix into L and orthogonal rows.
#include <algorithm>
#include <cmath>
#include <vector>

#include "adatape/ops/gemm.hpp"
#include "adatape/ops/sums.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::ops {

/// C [m, n] = A [m, k] B [k, n] in double, on the kernel of gemm_blocks.hpp. (ops::gemm<double> is the reference: for an AdaTape S it would take 0.3 s.)
/// C overlaps neither. Throws as gemm does.
inline void fold(Matrix<const double> a, Matrix<const double> b, Matrix<double> c, bool accumulate = false) {
  detail::gemm<double>(a, b, c, GemmOptions<double>{.accumulate = accumulate}, KeepResult{}, available_threads());
}

/// A = L Q for A [rows, width]:  Q Q' = I, and L(i, j) = 0 for i < j.
struct OrthogonalRows {
  Index rank = 0;         ///< min(rows, width); rows of Q behind the rank of A are 0
  std::vector<double> l;  ///< [rows, rank]
  std::vector<double> q;  ///< [rank, width]
};

/// The decomposition of a [rows, width] by Gram and Schmidt's classical way. A row is made orthogonal once more where most of it was taken away (Daniel et al.
/// 1976): what is left would be mostly rounding else. What is left of a row is dropped where it is below 1e-13 of the row. Throws std::bad_alloc where there is
/// no memory.
inline OrthogonalRows orthogonal_rows(const std::vector<double>& a, Index rows, Index width) {
  const Index rank = std::min(rows, width);
  const auto zeros = [](Index count) { return std::vector<double>(static_cast<std::size_t>(count)); };
  OrthogonalRows result{rank, zeros(rows * rank), zeros(rank * width)};
  std::vector<double> columns = zeros(width * rank), left = zeros(width),
                      parts = zeros(rank);  // columns: Q', whose rows are added faster than Q's are multiplied
  const auto length = [](const std::vector<double>& x) {
    double squares = 0;
    for (const double value : x) squares = multiply_add(value, value, squares);
    return std::sqrt(squares);
  };
  Index found = 0;
  for (Index i = 0; i < rows; ++i) {
    double* const l = result.l.data() + i * rank;
    std::copy_n(a.data() + i * width, width, left.data());
    const double whole = length(left);
    double before = whole, after = whole;
    for (int pass = 0; pass < 2 && found > 0 && (pass == 0 || after < 0.7 * before); ++pass) {
      before = after;
      std::ranges::fill(parts, 0.0);
      for (Index k = 0; k < width; ++k) scalar::add_scaled(left[static_cast<std::size_t>(k)], columns.data() + k * rank, found, parts.data());
      scalar::add(parts.data(), found, l);
      for (Index j = 0; j < found; ++j) scalar::add_scaled(-parts[static_cast<std::size_t>(j)], result.q.data() + j * width, width, left.data());
      after = length(left);
    }
    if (found == rank || !(after > 1e-13 * whole)) continue;
    l[found] = after;
    for (Index k = 0; k < width; ++k)
      columns[static_cast<std::size_t>(k * rank + found)] = result.q[static_cast<std::size_t>(found * width + k)] = left[static_cast<std::size_t>(k)] / after;
    ++found;
  }
  return result;
}

}  // namespace adatape::ops
