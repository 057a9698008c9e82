// wants: EncoderBlock: layer_scale must be 0 (none) or the initial value of gamma, below 1e6
#include "small_model.hpp"

struct Spoiled : Small {
  static constexpr double layer_scale = -0.1;
};
USE(Spoiled)
