#pragma once
/// Operands of matrix products in every layout, an epilogue that knows its place, and the comparison of bits.
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "adatape/ops/matrix.hpp"
#include "adatape/simd/batch.hpp"

namespace adatape::testing {

using ops::Matrix;

inline constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

enum class Layout { rows, columns, padded_rows, padded_columns, scattered };
inline constexpr Layout layouts[] = {Layout::rows, Layout::columns, Layout::padded_rows, Layout::padded_columns, Layout::scattered};

/// A matrix in a block of memory that is NaN everywhere else. The last element is the last of the block, so that the address sanitizer sees
/// a read behind it.
struct Operand {
  std::vector<float> memory;
  Matrix<float> view;
  Operand(Index rows, Index cols, Layout layout, std::uint32_t seed) {
    const Index gap = 5;
    Index row_stride = cols, col_stride = 1;
    if (layout == Layout::columns) row_stride = 1, col_stride = rows;
    if (layout == Layout::padded_rows) row_stride = cols + gap;
    if (layout == Layout::padded_columns) row_stride = 1, col_stride = rows + gap;
    if (layout == Layout::scattered) row_stride = 3 * cols + gap, col_stride = 3;
    const Index last = rows > 0 && cols > 0 ? (rows - 1) * row_stride + (cols - 1) * col_stride : -1;
    memory.assign(static_cast<std::size_t>(gap + last + 1), not_a_number);
    view = {memory.data() + gap, rows, cols, row_stride, col_stride};
    for (Index i = 0; i < rows; ++i)
      for (Index j = 0; j < cols; ++j) {
        seed = seed * 1664525u + 1013904223u;
        view(i, j) = static_cast<float>(seed >> 8) / static_cast<float>(1 << 23) - 1.f;
      }
  }
  Index count_nan() const {
    Index count = 0;
    for (float value : memory) count += std::isnan(value);
    return count;
  }
  Index size_outside() const { return static_cast<Index>(memory.size()) - view.rows * view.cols; }
};

inline bool same_bits(float x, float y) { return std::bit_cast<std::uint32_t>(x) == std::bit_cast<std::uint32_t>(y); }
inline bool same_bits(Matrix<const float> x, Matrix<const float> y) {
  for (Index i = 0; i < x.rows; ++i)
    for (Index j = 0; j < x.cols; ++j)
      if (!same_bits(x(i, j), y(i, j))) return false;
  return true;
}

/// A bias of n values.
inline std::vector<float> bias_values(Index n) {
  std::vector<float> bias(static_cast<std::size_t>(n));
  for (Index j = 0; j < n; ++j) bias[static_cast<std::size_t>(j)] = 0.1f * static_cast<float>(j % 7) - 0.3f;
  return bias;
}

/// Whether `found` is start + the sum over l < k of term(l), which are in double. Rounding errors of a sum in float grow like the root of its length (Higham
/// and Mary 2019).
template <class Term>
bool is_near_sum(float found, float start, Index k, const Term& term) {
  const double tolerance = std::sqrt(static_cast<double>(k + 1)) * static_cast<double>(std::numeric_limits<float>::epsilon());
  double truth = static_cast<double>(start), norm = std::abs(truth);
  for (Index l = 0; l < k; ++l) {
    truth += term(l);
    norm += std::abs(term(l));
  }
  return std::abs(static_cast<double>(found) - truth) <= tolerance * norm;
}

/// value * factor(row, column) + 1
struct RowColumnEpilogue {
  template <class Value>
  Value operator()(Value value, Index row, Index column, Index count) const {
    if constexpr (std::is_same_v<Value, double>) {
      return value * static_cast<double>(row * 1000 + column) + 1;
    } else {
      float factors[simd::lanes<float>] = {};
      for (Index l = 0; l < count; ++l) factors[l] = static_cast<float>(row * 1000 + column + l);
      return simd::fma(value, simd::load(factors), simd::splat(1.f));
    }
  }
};

}  // namespace adatape::testing
