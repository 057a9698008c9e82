// wants: Block of a configuration: in and out must be hidden_size
#include "small_model.hpp"

struct Spoiled : Small {
  template <adatape::nn::BlockSizes size>
  using Block = adatape::nn::EncoderBlock<size.D + 2, size.heads, size.mlp_dim>;
  static constexpr std::string_view own_layers = "wide block";
};
USE(Spoiled)
