// wants: Reader: num_tape_tokens (T) must be at least 1
#include "small_model.hpp"

struct Spoiled : Small {
  static constexpr int num_tape_tokens = 0;
};
USE(Spoiled)
