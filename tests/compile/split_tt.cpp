// wants: Reader: hidden_size must be a multiple of split_tt
#include "small_model.hpp"

struct Spoiled : Small {
  static constexpr int split_tt = 5;
};
USE(Spoiled)
