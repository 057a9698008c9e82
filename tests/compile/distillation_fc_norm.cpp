// wants: Classifier: distillation cannot be together with fc_norm or representation_size
#include "small_model.hpp"

struct Spoiled : Small {
  static constexpr adatape::nn::Pool classifier = adatape::nn::Pool::token;
  static constexpr bool distillation = true, fc_norm = true;
};
USE(Spoiled)
