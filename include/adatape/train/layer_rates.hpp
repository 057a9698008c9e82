#pragma once
/// Layer-wise decay of the learning rate, for the fine-tuning of an encoder: the nearer a layer is to the input, the slower it learns (BEiT, timm).
#include <cmath>
#include <span>
#include <utility>
#include <vector>

#include "adatape/core/layer_number.hpp"
#include "adatape/train/rules.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::train {

/// The rate of every tensor is that of `rules`, times decay^(blocks + 1 - layer_number). So embeddings have decay^(blocks + 1), the last block has decay, and
/// encoder_norm and head have 1, as in BEiT. (timm counts the last norm with the last block.) AdamW's weight decay follows the rate. Decay and freezing are
/// those of `rules`:
///     options.rules = layer_wise_rate_decay(0.75, Config::num_layers, Config::add_tape_token_to_layers, decay_kernels_only);
/// `blocks` is num_layers, or act_max_steps where the steps of ACT have separate blocks. read_layers are the blocks before which the model reads, in the order
/// of the reads; they are copied. Throws Error unless decay is above 0 and at most 1, blocks is at least 1, and every read layer is in [0, blocks). The rule
/// throws Error as layer_number does, when a trainer takes it.
inline ParameterRules layer_wise_rate_decay(double decay, int blocks, std::span<const int> read_layers = {}, ParameterRules rules = {}) {
  require(decay > 0 && decay <= 1, "layer-wise rate decay: decay must be greater than 0 and at most 1, found ", decay);
  require(blocks >= 1, "layer-wise rate decay: wanted at least 1 block, found ", blocks);
  for (const int layer : read_layers)
    require(layer >= 0 && layer < blocks, "layer-wise rate decay: a read layer must be at least 0 and below ", blocks, ", found ", layer);
  return [decay, blocks, reads = std::vector<int>(read_layers.begin(), read_layers.end()), rules = std::move(rules)](const LayoutEntry& entry) {
    ParameterRule rule = rules ? rules(entry) : ParameterRule{};
    rule.rate_scale *= std::pow(decay, blocks + 1 - layer_number(entry, blocks, reads));
    return rule;
  };
}

}  // namespace adatape::train
