// wants: Classifier: distillation and registers cannot be together
#include "small_model.hpp"

struct Spoiled : Small {
  static constexpr adatape::nn::Pool classifier = adatape::nn::Pool::token;
  static constexpr bool distillation = true;
  static constexpr int registers = 2;
};
USE(Spoiled)
