#pragma once
/// Which Eigen matrices and tensors the library reads where they are.
#include <Eigen/Core>
#include <array>
#include <concepts>
#include <functional>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "adatape/core/error.hpp"
#include "adatape/core/types.hpp"

namespace adatape::inline ADATAPE_NAMESPACE {

/// Whether X is an Eigen matrix or map of T that is row-major, or that has one column. Its number of columns is `width`, or known at run time only; any number
/// where no width is given.
template <class X, class T, Index width = Eigen::Dynamic>
concept RowMajorMatrix = std::same_as<std::remove_const_t<typename X::Scalar>, T> && (bool(X::IsRowMajor) || int(X::ColsAtCompileTime) == 1) &&
    (width == Eigen::Dynamic || int(X::ColsAtCompileTime) == Eigen::Dynamic || Index{X::ColsAtCompileTime} == width) && requires(const X& matrix) {
      { matrix.data() } -> std::convertible_to<const T*>;
      { matrix.rowStride() } -> std::convertible_to<Index>;
      { matrix.colStride() } -> std::convertible_to<Index>;
    };

/// Whether X is an Eigen tensor or tensor map of T in row-major order and of at least one dimension, say [samples, height, width, channels]. Eigen/Tensor is
/// not included for this.
template <class X, class T>
concept RowMajorTensor = std::same_as<std::remove_const_t<typename X::Scalar>, T> && int(X::Layout) == int(Eigen::RowMajor) && int(X::NumDimensions) >= 1 &&
    requires(const X& tensor) {
      { tensor.data() } -> std::convertible_to<const T*>;
      { tensor.dimension(0) } -> std::convertible_to<Index>;
    };

namespace detail {

/// Throws Error unless the matrix has `width` columns, and its rows are adjacent in memory. The text begins with `where`.
template <class X>
void require_adjacent(const X& matrix, Index width, std::string_view where) {
  require(matrix.cols() == width, where, ": wanted a matrix of ", width, " columns, found ", matrix.cols());
  const bool adjacent = matrix.rows() <= 1 || matrix.rowStride() == width;
  require(adjacent && (width <= 1 || matrix.colStride() == 1), where, ": wanted a matrix whose rows are adjacent in memory, found row and column strides of ",
          matrix.rowStride(), " and ", matrix.colStride());
}

/// Throws Error unless the sizes behind the first one multiply to `width`. The text begins with `where`.
template <class X>
void require_sample_size(const X& tensor, Index width, std::string_view where) {
  const auto sizes = [&]<std::size_t... d>(std::index_sequence<d...>) { return std::array<Index, sizeof...(d)>{tensor.dimension(d)...}; }
  (std::make_index_sequence<std::size_t{X::NumDimensions}>());
  if (std::accumulate(sizes.begin() + 1, sizes.end(), Index{1}, std::multiplies<>()) == width) return;
  std::string text = std::to_string(sizes[0]);  // only for the Error: a call whose sizes fit takes no memory
  for (std::size_t d = 1; d < sizes.size(); ++d) text += ", " + std::to_string(sizes[d]);
  require(false, where, ": wanted a tensor [samples, sizes of a sample] of ", width, " values a sample, found [", text, "]");
}

/// The values of a row-major matrix [any, width] or tensor [any, sizes that multiply to width]. Throws Error unless its rows are adjacent and fit.
template <class T, class X>
std::span<const T> adjacent_values(const X& values, Index width) {
  if constexpr (RowMajorMatrix<X, T>)
    require_adjacent(values, width, "input");
  else
    require_sample_size(values, width, "input");
  return {values.data(), static_cast<std::size_t>(values.size())};
}

}  // namespace detail

}  // namespace adatape
