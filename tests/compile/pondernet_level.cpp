// wants: PonderNetEncoder: act_level must be per_example, because a prediction is that of a whole sample
#include "small_model.hpp"

struct Spoiled : Small {
  static constexpr adatape::model::Encoder encoder = adatape::model::Encoder::pondernet;
  static constexpr adatape::act::ActLevel act_level = adatape::act::ActLevel::per_token;
};
USE(Spoiled)
