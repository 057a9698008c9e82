#pragma once
/// The Fashion-MNIST ViT that PyTorch is measured with, and AdaTape of the same size.
#include "adatape/model/config.hpp"

namespace adatape::bench {

/// Width 192, 6 blocks, patches of 4: 49 tokens.
struct FashionVit : model::ModelDefaults {
  static constexpr std::array<int, 3> image{28, 28, 1};
  static constexpr int patch_size = 4, hidden_size = 192, num_heads = 3, split_tt = 3, mlp_dim = 768, tt_mlp_dim = 768, num_layers = 6, num_classes = 10;
  static constexpr std::array<int, 0> add_tape_token_to_layers{};
};

/// FashionVit with tape, from a bank of 2 x 2 patches.
struct FashionAdaTape : FashionVit {
  static constexpr std::array<int, 1> add_tape_token_to_layers{1};
  static constexpr int patch_bank_size = 2;
};

}  // namespace adatape::bench
