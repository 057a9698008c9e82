// wants: PonderNetEncoder: lambda_p must be greater than 0 and less than 1
#include "small_model.hpp"

struct Spoiled : Small {
  static constexpr adatape::model::Encoder encoder = adatape::model::Encoder::pondernet;
  static constexpr double lambda_p = 1;
};
USE(Spoiled)
