#pragma once
/// Dense tensors with a static shape: the leaves of every parameter tree.
#include <Eigen/Core>
#include <array>

#include "adatape/core/types.hpp"

namespace adatape::inline ADATAPE_NAMESPACE {

/// Row-major Eigen matrix with any number of rows. Users read and write whole batches as this type.
template <class T, int Columns = Eigen::Dynamic>
using RowMatrix = Eigen::Matrix<T, Eigen::Dynamic, Columns, Columns == 1 ? Eigen::ColMajor : Eigen::RowMajor>;

/// Row-major tensor of static shape [Dims...]. The elements are part of the object. Tensors are members of a parameter tree on the heap (see Parameters), so
/// the stack does not bound their size. A tensor starts and ends on a kAlignment boundary. Parameters keep the gap behind the last element 0.
template <class T, Index... Dims>
struct Tensor {
  static_assert(sizeof...(Dims) > 0 && ((Dims > 0) && ...), "Tensor: every dimension must be at least 1");
  using Scalar = T;                                                    ///< the type of the elements
  static constexpr std::array<Index, sizeof...(Dims)> shape{Dims...};  ///< the dimensions; elements along the last one are adjacent
  static constexpr Index size = (Dims * ...);                          ///< number of elements

  alignas(kAlignment) T values[std::size_t{size}];  ///< row-major; a new Tensor does not set them, Parameters do

  /// The first element, valid as long as the tensor.
  ///@{
  T* data() { return values; }
  const T* data() const { return values; }
  ///@}

  /// View as an Eigen matrix [product of all dimensions but the last, last dimension], valid as long as the tensor.
  ///@{
  auto matrix() {
    constexpr Index columns = shape.back();
    return Eigen::Map<RowMatrix<T, static_cast<int>(columns)>>(values, size / columns, columns);
  }
  auto matrix() const {
    constexpr Index columns = shape.back();
    return Eigen::Map<const RowMatrix<T, static_cast<int>(columns)>>(values, size / columns, columns);
  }
  ///@}
};

}  // namespace adatape
