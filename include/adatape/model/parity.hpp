#pragma once
/// The models of the parity task (paper section 4.1): AdaTape on the whole sequence as one token, its two baselines, and PonderNet.
#include "adatape/model/classifier.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::model {

/// AdaTape: one own token (the whole sequence), the symbols as bank, T = tape_tokens, tau = T / 2, 4 heads, GAP. By default width 64, 2 blocks and T = 16,
/// so a tape token merges k = 2 symbols.
template <int length, int hidden = 64, int layers = 2, int tape_tokens = 16>
struct ParityAdaTapeConfig : ModelDefaults {
  static constexpr Input input = Input::whole_sequence;
  static constexpr int seq_len = length, hidden_size = hidden, num_heads = 4, mlp_dim = 4 * hidden, num_layers = layers, num_classes = 2;
  static constexpr int split_tt = 4, tt_mlp_dim = 0, num_tape_tokens = tape_tokens;
  static constexpr double threshold = tape_tokens > 1 ? tape_tokens / 2.0 : 1;
};

/// Plain Transformer: every symbol is a token, positions are learned, no tape.
template <int length, int hidden = 64, int layers = 2>
struct ParityVitConfig : ParityAdaTapeConfig<length, hidden, layers> {
  static constexpr Input input = Input::symbols;
  static constexpr std::array<int, 0> add_tape_token_to_layers{};
};

/// Universal Transformer with ACT: every symbol is a token. One block is applied up to `steps` times; the halting unit is the sample.
template <int length, int hidden = 64, int steps = 6>
struct ParityUniversalConfig : ParityVitConfig<length, hidden> {
  static constexpr Encoder encoder = Encoder::act;
  static constexpr int act_max_steps = steps;
};

/// PonderNet on the same tokens: a prediction behind each of `steps` steps, and a prior of 5 steps in the mean before it is cut off at `steps`.
template <int length, int hidden = 64, int steps = 6>
struct ParityPonderNetConfig : ParityUniversalConfig<length, hidden, steps> {
  static constexpr Encoder encoder = Encoder::pondernet;
};

/// The model of the configuration of that name, for sequences of `length` symbols.
///@{
template <int length, int hidden = 64, int layers = 2, int tape_tokens = 16>
using ParityAdaTape = Classifier<ParityAdaTapeConfig<length, hidden, layers, tape_tokens>>;
template <int length, int hidden = 64, int layers = 2>
using ParityVit = Classifier<ParityVitConfig<length, hidden, layers>>;
template <int length, int hidden = 64, int steps = 6>
using ParityUniversal = Classifier<ParityUniversalConfig<length, hidden, steps>>;
template <int length, int hidden = 64, int steps = 6>
using ParityPonderNet = Classifier<ParityPonderNetConfig<length, hidden, steps>>;
///@}

}  // namespace adatape::model
