#pragma once
/// The models of the parity task (paper section 4.1): AdaTape on the whole sequence as one token, and its two baselines.
#include "adatape/model/classifier.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::model {

/// AdaTape: one own token, the symbols as bank; up to T tape tokens, k = floor(T / tau) symbols each. Width 64, 4 heads, 2 blocks, GAP.
template <int length, int hidden = 64, int layers = 2, int tape_tokens = 16>
struct ParityAdaTapeConfig : ModelDefaults {
  static constexpr Input input = Input::sequence;
  static constexpr int seq_len = length, hidden_size = hidden, num_heads = 4, mlp_dim = 4 * hidden, num_layers = layers, num_classes = 2;
  static constexpr int split_tt = 4, tt_mlp_dim = 0, num_tape_tokens = tape_tokens;
  static constexpr double threshold = tape_tokens > 1 ? tape_tokens / 2.0 : 1;
};

/// Plain Transformer: every symbol a token, learned positions.
template <int length, int hidden = 64, int layers = 2>
struct ParityVitConfig : ParityAdaTapeConfig<length, hidden, layers> {
  static constexpr Input input = Input::symbols;
  static constexpr std::array<int, 0> add_tape_token_to_layers{};
};

/// Universal Transformer with ACT: every symbol a token, one shared block applied up to `steps` times.
template <int length, int hidden = 64, int steps = 6>
struct ParityUniversalConfig : ParityVitConfig<length, hidden> {
  static constexpr Encoder encoder = Encoder::act;
  static constexpr int act_max_steps = steps;
};

template <int length, int hidden = 64, int layers = 2, int tape_tokens = 16>
using ParityAdaTape = Classifier<ParityAdaTapeConfig<length, hidden, layers, tape_tokens>>;
template <int length, int hidden = 64, int layers = 2>
using ParityVit = Classifier<ParityVitConfig<length, hidden, layers>>;
template <int length, int hidden = 64, int steps = 6>
using ParityUniversal = Classifier<ParityUniversalConfig<length, hidden, steps>>;

}  // namespace adatape::model
