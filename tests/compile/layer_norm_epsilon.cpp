// wants: LayerNorm<D, epsilon>: epsilon must be from 1.2e-38 to below 1
#include "small_model.hpp"

struct Spoiled : Small {
  static constexpr double layer_norm_epsilon = 0;
};
USE(Spoiled)
