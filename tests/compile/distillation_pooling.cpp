// wants: Classifier: distillation needs classifier = token
#include "small_model.hpp"

struct Spoiled : Small {
  static constexpr bool distillation = true;
};
USE(Spoiled)
