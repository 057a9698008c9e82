// wants: AddTapeToken: tt_mlp_dim must not be negative
#include "small_model.hpp"

struct Spoiled : Small {
  static constexpr int tt_mlp_dim = -4;
};
USE(Spoiled)
