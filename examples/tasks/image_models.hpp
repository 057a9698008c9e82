#pragma once
/// What models of tasks with grey square images have in common.
#include <array>

#include "adatape/model/config.hpp"

namespace adatape::examples {

/// `side` is the height and the width of the image in pixels.
template <int side, int classes, int hidden, int layers>
struct SquareImageModel : model::ModelDefaults {
  static constexpr std::array<int, 3> image{side, side, 1};
  static constexpr int hidden_size = hidden, num_heads = hidden / 8, mlp_dim = 2 * hidden, num_layers = layers, num_classes = classes, split_tt = 2;
};

/// A read before each block.
template <int layers>
inline constexpr std::array<int, layers> kEveryBlock = [] {
  std::array<int, layers> all{};
  for (int i = 0; i < layers; ++i) all[static_cast<std::size_t>(i)] = i;
  return all;
}();

}  // namespace adatape::examples
