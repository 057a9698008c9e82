// wants: Classifier: ponder_weight must be a finite number that is not negative
#include "small_model.hpp"

struct Spoiled : Small {
  static constexpr double ponder_weight = -0.01;
};
USE(Spoiled)
