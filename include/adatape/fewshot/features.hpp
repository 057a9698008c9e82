#pragma once
/// The features of images, as few-shot evaluation reads them.
#include <algorithm>
#include <cmath>
#include <string_view>
#include <variant>

#include "adatape/core/row_major.hpp"
#include "adatape/core/tensor.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::fewshot {

/// A view of features [images, size], float or double. The matrix must outlive the view. Float values become double without rounding.
class Features {
 public:
  /// A view of a row-major Eigen matrix, map or Ref of float or double. Its rows may lie apart. A matrix of another order does not compile. Throws Error unless
  /// the values of a row are adjacent.
  template <class Matrix>
  requires(RowMajorMatrix<Matrix, float> || RowMajorMatrix<Matrix, double>)
      Features(const Matrix& matrix)  // NOLINT(google-explicit-constructor): a call takes a matrix where it wants features
      : values_(matrix.data()), images_(matrix.rows()), size_(matrix.cols()), stride_(matrix.rowStride()) {
    require(size_ <= 1 || matrix.colStride() == 1, "features: wanted a matrix whose values of a row are adjacent, found a column stride of ",
            matrix.colStride());
  }

  /// The number of images: rows of the matrix.
  Index images() const { return images_; }
  /// F, the number of features of one image.
  Index size() const { return size_; }
  /// Writes the features of image i to `to` [size]; 0 <= i < images.
  void read(Index i, double* to) const {
    std::visit([&](const auto* values) { std::copy_n(values + i * stride_, size_, to); }, values_);
  }
  /// Feature `column` of image i; 0 <= i < images and 0 <= column < size, which is not checked.
  double value(Index i, Index column) const {
    return std::visit([&](const auto* values) { return static_cast<double>(values[i * stride_ + column]); }, values_);
  }

  /// Throws Error, whose text begins with `where`, for the first feature of image i that is not finite.
  void require_finite(Index i, std::string_view where) const {
    for (Index column = 0; column < size_; ++column)
      require(std::isfinite(value(i, column)), where, ": wanted finite features, found ", value(i, column), " as feature ", column, " of image ", i);
  }

 private:
  std::variant<const float*, const double*> values_;
  Index images_, size_, stride_;
};

}  // namespace adatape::fewshot
