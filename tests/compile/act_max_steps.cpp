// wants: ActEncoder: act_max_steps must be at least 1
#include "small_model.hpp"

struct Spoiled : Small {
  static constexpr adatape::model::Encoder encoder = adatape::model::Encoder::act;
  static constexpr int act_max_steps = 0;
};
USE(Spoiled)
