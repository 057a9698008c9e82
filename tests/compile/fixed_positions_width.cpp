// wants: Classifier: fixed positions need a hidden_size that is a multiple of 4 and at least 8
#include "small_model.hpp"

struct Spoiled : Small {
  static constexpr adatape::model::Positions positions = adatape::model::Positions::sincos2d;
  static constexpr int hidden_size = 6, num_heads = 2, split_tt = 2;
};
USE(Spoiled)
