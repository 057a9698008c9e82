#pragma once
/// Parameters and images as Eigen tensors, for tensors of more than two dimensions. This header includes Eigen's unsupported module Tensor, which makes a file
/// compile about half a second longer. So no other header of the library includes it, adatape.hpp included.
#include <unsupported/Eigen/CXX11/Tensor>

#include "adatape/core/samples.hpp"
#include "adatape/core/tensor.hpp"

namespace adatape::inline ADATAPE_NAMESPACE {

/// A tensor of parameters as an Eigen tensor of the same shape, without a copy. Valid as long as the tensor.
///@{
template <class T, Index... dims>
auto tensor_map(Tensor<T, dims...>& tensor) {
  return Eigen::TensorMap<Eigen::Tensor<T, sizeof...(dims), Eigen::RowMajor>>(tensor.data(), dims...);
}
template <class T, Index... dims>
auto tensor_map(const Tensor<T, dims...>& tensor) {
  return Eigen::TensorMap<const Eigen::Tensor<T, sizeof...(dims), Eigen::RowMajor>>(tensor.data(), dims...);
}
template <class T, Index... dims>
void tensor_map(const Tensor<T, dims...>&& tensor) = delete;
///@}

/// Samples of dims... values each as an Eigen tensor [samples, dims...], read only and without a copy: tensor_map<height, width, channels>(images). Valid as
/// long as the values.
template <Index... dims, class T, Index size>
auto tensor_map(const DenseSamples<T, size>& samples) {
  static_assert((dims * ... * Index{1}) == size, "tensor_map<dims...>(samples): the dimensions must have as many values as a sample");
  return Eigen::TensorMap<const Eigen::Tensor<T, sizeof...(dims) + 1, Eigen::RowMajor>>(samples.data(), samples.samples(), dims...);
}

}  // namespace adatape
