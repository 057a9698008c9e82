#pragma once
/// Models of parity size that PyTorch is measured with.
#include "adatape/model/config.hpp"

namespace adatape::bench {

/// A plain Transformer of width 128 over a sequence of `tokens` symbols.
template <int depth, int tokens>
struct ParitySize : model::ModelDefaults {
  static constexpr model::Input input = model::Input::symbols;
  static constexpr int seq_len = tokens, symbol_count = 1, hidden_size = 128, num_heads = 4, split_tt = 4, mlp_dim = 512, tt_mlp_dim = 512, num_layers = depth,
                       num_classes = 2;
  static constexpr std::array<int, 0> add_tape_token_to_layers{};
};

}  // namespace adatape::bench
