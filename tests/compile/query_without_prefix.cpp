// wants: Reader: query_type must be token or gap
#include "small_model.hpp"

struct Spoiled : Small {
  static constexpr adatape::nn::Pool query_type = adatape::nn::Pool::gap_without_prefix;
};
USE(Spoiled)
