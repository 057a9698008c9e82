#pragma once
/// Matrix products in double whose sums have one order. Eigen's general product is not taken: it opens an OpenMP region of its own, in which the size of its
/// blocks, and so the order of its sums, depends on the number of threads. (Eigen's rankUpdate, LLT and triangular solves are serial.)
#include <Eigen/Core>
#include <algorithm>
#include <array>

#include "adatape/core/tensor.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::fewshot {

/// The right factor B [depth, columns] of products A B: a copy in panels of 8 columns, [panel, depth, 8], with columns of 0 behind the last one.
/// Eight columns of 4 rows are 8 registers of AVX2 or 4 of AVX-512. A panel of depth 384 has 24 KiB, so it stays in the first cache.
class Panels {
 public:
  static constexpr int width = 8;  ///< columns of a panel
  static constexpr int rows = 4;   ///< rows of A that one call of times() takes
  /// [rows, width], what one call of times() computes: the values of A B in four rows and in the columns of a panel.
  using Sums = std::array<Eigen::Array<double, width, 1>, rows>;

  /// Throws std::bad_alloc where there is no memory.
  explicit Panels(const Eigen::Ref<const Eigen::MatrixXd>& right)
      : depth_(right.rows()), columns_(right.cols()), values_(Eigen::Matrix<double, width, Eigen::Dynamic>::Zero(width, depth_ * count())) {
    for (Index column = 0; column < columns_; ++column) values_.row(column % width).segment(column / width * depth_, depth_) = right.col(column).transpose();
  }

  /// Columns of B.
  Index columns() const { return columns_; }
  /// Number of panels.
  Index count() const { return divide_up(columns_, width); }
  /// Columns of B in panel p.
  Index columns_of(Index p) const { return std::min(Index{width}, columns_ - p * width); }

  /// Four rows of A [4, depth], `stride` values apart, times panel p. Each sum adds its terms in the order of the depth.
  Sums times(const double* left, Index stride, Index p) const {
    Sums sums;
    for (auto& sum : sums) sum.setZero();
    const double* panel = values_.data() + p * depth_ * width;
    for (Index k = 0; k < depth_; ++k) {
      const Eigen::Map<const Eigen::Array<double, width, 1>, Eigen::AlignedMax> values(panel + k * width);
      for (int r = 0; r < rows; ++r) sums[static_cast<std::size_t>(r)] += left[r * stride + k] * values;
    }
    return sums;
  }

 private:
  Index depth_, columns_;
  Eigen::Matrix<double, width, Eigen::Dynamic> values_;
};

/// The least multiple of Panels::rows that is not below `rows`.
inline Index padded_rows(Index rows) { return (rows + Panels::rows - 1) / Panels::rows * Panels::rows; }

/// A B, [rows, columns of B]. A [padded_rows(rows), depth] has rows of any finite values behind the last one. Throws std::bad_alloc where there is no memory.
inline RowMatrix<double> multiply(const RowMatrix<double>& left, Index rows, const Panels& right) {
  RowMatrix<double> product(rows, right.columns());
  for (Index p = 0; p < right.count(); ++p)
    for (Index row = 0; row < rows; row += Panels::rows) {
      const auto sums = right.times(left.row(row).data(), left.cols(), p);
      for (Index r = row; r < std::min(rows, row + Panels::rows); ++r)
        product.row(r).segment(p * Panels::width, right.columns_of(p)) = sums[static_cast<std::size_t>(r - row)].head(right.columns_of(p)).matrix().transpose();
    }
  return product;
}

}  // namespace adatape::fewshot
