#include "adatape/core/tensor_map.hpp"

#include <doctest/doctest.h>

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
