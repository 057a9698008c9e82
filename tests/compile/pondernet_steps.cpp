// wants: PonderNetEncoder: act_max_steps must be at least 2
#include "small_model.hpp"

struct Spoiled : Small {
  static constexpr adatape::model::Encoder encoder = adatape::model::Encoder::pondernet;
  static constexpr int act_max_steps = 1;
};
USE(Spoiled)
