#pragma once
#include "../first.hpp"

namespace user {

/// Another model that has the name of the first.
template <int width, int blocks>
struct Twin : First {
  static constexpr int hidden_size = width, num_layers = blocks;
};

}  // namespace user
