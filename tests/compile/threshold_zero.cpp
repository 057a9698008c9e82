// wants: Reader: the threshold tau must be greater than 0
#include "small_model.hpp"

struct Spoiled : Small {
  static constexpr double threshold = 0;
};
USE(Spoiled)
