#include "adatape/core/tensor_map.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace adatape;

TEST_CASE("tensor_map: parameters of any rank, row-major and without a copy") {
  Tensor<double, 2, 3, 4, 5> tensor{};
  const auto map = tensor_map(tensor);
  static_assert(decltype(map)::NumDimensions == 4 && int(decltype(map)::Layout) == int(Eigen::RowMajor));
  for (std::size_t d = 0; d < 4; ++d) CHECK(map.dimensions()[d] == tensor.shape[d]);
  CHECK(map.data() == tensor.data());
  CHECK(&map(0, 0, 0, 1) == tensor.data() + 1);
  CHECK(&map(0, 0, 1, 0) == tensor.data() + 5);
  CHECK(&map(0, 1, 0, 0) == tensor.data() + 20);
  CHECK(&map(1, 0, 0, 0) == tensor.data() + 60);
  auto writable = tensor_map(tensor);
  writable(1, 2, 3, 4) = 7;
  CHECK(tensor.values[119] == 7);
  const auto& read_only = tensor;
  CHECK(tensor_map(read_only)(1, 2, 3, 4) == 7);
  static_assert(!std::is_assignable_v<decltype(tensor_map(read_only)(1, 2, 3, 4)), double>);
  Tensor<float, 3> vector{{1, 2, 3}};
  CHECK(tensor_map(vector)(2) == 3);
}

TEST_CASE("tensor_map: images [samples, height, width, channels], there and back") {
  std::vector<float> values(2 * 12);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  const DenseSamples<float, 12> images(values);
  const auto map = tensor_map<2, 3, 2>(images);
  CHECK(map.dimensions()[0] == 2);
  CHECK(map.dimensions()[2] == 3);
  CHECK(map.data() == values.data());
  CHECK(map(1, 1, 2, 0) == 12 + 6 + 4);
  const DenseSamples<float, 12> again(map);
  CHECK(again.data() == values.data());
  CHECK(again.samples() == 2);
  CHECK(tensor_map<12>(images.part(1, 1))(0, 3) == 15);
  const DenseSamples<float, 12> none;
  CHECK(tensor_map<2, 3, 2>(none).size() == 0);
}

TEST_CASE("tensor_map: a tensor whose samples have another size is no input, though its values would fill whole samples") {
  using Images = DenseSamples<float, 12>;
  using Eigen::RowMajor;
  const auto error_of = [](const auto& tensor) -> std::string {
    try {
      return std::to_string(Images(tensor).samples()) + " samples";
    } catch (const Error& error) {
      return error.what();
    }
  };
  const std::string wanted = "input: wanted a tensor [samples, sizes of a sample] of 12 values a sample, found ";
  CHECK(error_of(Eigen::Tensor<float, 4, RowMajor>(2, 2, 3, 2)) == "2 samples");
  CHECK(error_of(Eigen::Tensor<float, 4, RowMajor>(0, 2, 3, 2)) == "0 samples");
  CHECK(error_of(Eigen::TensorFixedSize<float, Eigen::Sizes<2, 12>, RowMajor>()) == "2 samples");
  CHECK(error_of(Eigen::Tensor<float, 4, RowMajor>(4, 1, 3, 2)) == wanted + "[4, 1, 3, 2]");
  CHECK(error_of(Eigen::Tensor<float, 3, RowMajor>(2, 3, 2)) == wanted + "[2, 3, 2]");
  CHECK(error_of(Eigen::Tensor<float, 1, RowMajor>(24)) == wanted + "[24]");
  CHECK(error_of(Eigen::TensorFixedSize<float, Eigen::Sizes<4, 6>, RowMajor>()) == wanted + "[4, 6]");
  static_assert(!std::is_constructible_v<Images, const Eigen::Tensor<float, 0, RowMajor>&>);
  static_assert(!std::is_constructible_v<Images, const Eigen::Tensor<float, 4, Eigen::ColMajor>&>);
}
