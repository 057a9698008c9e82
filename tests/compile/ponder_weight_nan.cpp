// wants: Classifier: ponder_weight must be a finite number that is not negative
#include <limits>

#include "small_model.hpp"

struct Spoiled : Small {
  static constexpr double ponder_weight = std::numeric_limits<double>::quiet_NaN();
};
USE(Spoiled)
