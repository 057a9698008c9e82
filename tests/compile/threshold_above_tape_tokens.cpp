// wants: Reader: the threshold tau must not exceed num_tape_tokens (T)
#include "small_model.hpp"

struct Spoiled : Small {
  static constexpr double threshold = 4.5;
};
USE(Spoiled)
