// wants: Pooling of a configuration: in and out must be hidden_size
#include "small_model.hpp"

struct Spoiled : Small {
  template <int D, adatape::nn::Pool pool>
  using Pooling = adatape::nn::PoolTokens<D + 1, pool>;
  static constexpr std::string_view own_layers = "wide pooling";
};
USE(Spoiled)
