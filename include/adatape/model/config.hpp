#pragma once
/// What a configuration says. Users derive from ModelDefaults and override members; the names are those of configuration files and checkpoints.
///
///     struct Mine : adatape::model::ModelDefaults {
///       static constexpr std::array<int, 3> image{28, 28, 1};
///       static constexpr int patch_size = 4, hidden_size = 96, num_heads = 4, split_tt = 4, mlp_dim = 192, num_layers = 4, num_classes = 10;
///     };
///     using Model = adatape::model::Classifier<Mine>;
#include <array>
#include <cstdint>

#include "adatape/act/options.hpp"
#include "adatape/ops/gelu.hpp"
#include "adatape/tape/options.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::model {

/// What the encoder's own tokens are.
enum class Input : std::uint8_t {
  image,     ///< patches of an image, with positions
  sequence,  ///< a whole one-hot sequence as one token, without position (the paper's parity model)
  symbols    ///< every symbol of a sequence, with positions (the plain Transformer of the parity task)
};

/// What stands between embedding and head.
enum class Encoder : std::uint8_t {
  tape,  ///< a stack of blocks, tape tokens read before some of them (none: a plain ViT)
  act    ///< one block applied until every token halts (Universal Transformer with ACT)
};

/// AdaTape at 224 x 224 with the released model's defaults. Every member may be overridden.
struct ModelDefaults : tape::ReaderDefaults, act::HaltingDefaults {
  static constexpr Input input = Input::image;
  static constexpr Encoder encoder = Encoder::tape;

  static constexpr std::array<int, 3> image{224, 224, 3};  ///< height, width, channels
  static constexpr int patch_size = 16;
  static constexpr int seq_len = 0, symbol_count = 3;  ///< of sequences: [seq_len, symbol_count] one-hot

  static constexpr int hidden_size = 384, num_heads = 6, mlp_dim = 1536, num_layers = 12, num_classes = 1000;
  static constexpr nn::Pool classifier = nn::Pool::gap;
  static constexpr ops::GeluForm gelu = ops::GeluForm::tanh;

  static constexpr std::array<int, 1> add_tape_token_to_layers{1};  ///< blocks before which tape is read, ascending; std::array<int, 0> for none
  static constexpr tape::BankType bank_type = tape::BankType::input;
  static constexpr int tape_bank_size = 10000;  ///< K of a learned bank
  static constexpr int patch_bank_size = 8;     ///< patch size of an input bank
  static constexpr int split_tt = 6;            ///< keys are the first hidden_size / split_tt values of a bank token
  static constexpr int tt_mlp_dim = 1536;       ///< width of the FFN that tape tokens pass once, after a read; 0: none
  static constexpr int enc_tt_mlp_dim = 0;      ///< width of the tape tokens' own FFN inside the blocks; 0: they share the blocks' FFN
  static constexpr double ponder_weight = 0.01;  ///< of the ponder loss, unless train::Objective says otherwise
};

}  // namespace adatape::model
