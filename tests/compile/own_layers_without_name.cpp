// wants: Classifier: a configuration with a Block, Norm, Pooling or Head of its own must name them in own_layers
#include "small_model.hpp"

struct Spoiled : Small {
  template <adatape::nn::BlockSizes size>
  using Block = adatape::nn::EncoderBlock<size.D, size.heads, 2 * size.mlp_dim>;
};
USE(Spoiled)
