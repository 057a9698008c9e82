#pragma once
/// The settings of a model, all known at compile time. Users derive from ModelDefaults and override members. The names are those of configuration files and
/// checkpoints. What is wrong in a configuration is a compile error. docs/model.md says what each setting does.
///
///     struct Mine : adatape::model::ModelDefaults {
///       static constexpr std::array<int, 3> image{28, 28, 1};
///       static constexpr int patch_size = 4, hidden_size = 96, num_heads = 4, split_tt = 4, mlp_dim = 192, num_layers = 4, num_classes = 10;
///     };
///     using Model = adatape::model::Classifier<Mine>;
#include <array>
#include <cstdint>
#include <string_view>

#include "adatape/act/options.hpp"
#include "adatape/nn/block.hpp"
#include "adatape/nn/layer_norm.hpp"
#include "adatape/nn/linear.hpp"
#include "adatape/nn/pooling.hpp"
#include "adatape/ops/gelu.hpp"
#include "adatape/tape/options.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::model {

/// What the own tokens of a sample are.
enum class Input : std::uint8_t {
  image,           ///< patches of an image, with learned positions
  whole_sequence,  ///< a one-hot sequence as one token, without position (the paper's parity model)
  symbols,         ///< every symbol of a sequence as a token, with positions (the plain Transformer of the parity task)
  tokens           ///< tokens that the caller gives, any number a sample, without position
};

/// What stands between embedding and head.
enum class Encoder : std::uint8_t {
  tape,      ///< a stack of blocks with reads before some of them (without reads: a plain ViT)
  act,       ///< a block applied until every halting unit has halted (Universal Transformer with ACT)
  pondernet  ///< a block applied until the sample halts, with a prediction behind every step (PonderNet)
};

/// The position embeddings of the own tokens of an image.
enum class Positions : std::uint8_t {
  learned,  ///< trained, one for every own token, prefix tokens included
  sincos2d  ///< fixed (core/sincos_positions.hpp), of the patches only; big_vision's
};

/// Whether the encoder applies one block, or one for each step, up to act_max_steps times.
constexpr bool repeats_block(Encoder encoder) { return encoder != Encoder::tape; }

/// AdaTape at 224 x 224 pixels, with the defaults of the released model. Every member may be overridden.
struct ModelDefaults : tape::ReaderDefaults, act::HaltingDefaults {
  static constexpr Input input = Input::image;       ///< what the own tokens are made of
  static constexpr Encoder encoder = Encoder::tape;  ///< of AdaTape and of ViT (tape), of a Universal Transformer (act), or of a PonderNet

  static constexpr std::array<int, 3> image{224, 224, 3};  ///< height, width, channels
  static constexpr int patch_size = 16;                    ///< height and width of a patch, in pixels of the reduced image
  static constexpr int image_reduction = 1;  ///< own tokens are cut from the mean over blocks of so many pixels squared; an input bank sees all pixels
  static constexpr int seq_len = 0, symbol_count = 3;  ///< of sequences: a sample is [seq_len, symbol_count], one-hot
  static constexpr int token_width = 0;                ///< values of a given own token (Input::tokens); 0: hidden_size, and the tokens enter as they are
  static constexpr int bank_width = 0;                 ///< values of a given bank token (BankType::given); 0: hidden_size, and the tokens are read as they are

  static constexpr int hidden_size = 384;                ///< D, the width of a token
  static constexpr int num_heads = 6;                    ///< attention heads of a block; they divide hidden_size
  static constexpr int mlp_dim = 1536;                   ///< hidden width of the FFN of a block
  static constexpr int num_layers = 12;                  ///< blocks of Encoder::tape; the other encoders apply a block up to act_max_steps times
  static constexpr int num_classes = 1000;               ///< width of the logits, at least 1
  static constexpr nn::Pool classifier = nn::Pool::gap;  ///< the head sees the first token (token, adds `cls`) or the mean token (gap, gap_without_prefix)
  static constexpr bool class_token = false;             ///< whether there is a `cls` with the other classifiers too
  static constexpr int registers = 0;                    ///< number of further prefix tokens, behind cls and before the patches; no head reads them
  static constexpr bool distillation = false;            ///< DeiT: a token `dist` behind cls, which a second head reads; logits are the mean of the two heads
  static constexpr Positions positions = Positions::learned;  ///< of the own tokens of an image; those of an input bank are always learned
  static constexpr bool fc_norm = false;                      ///< whether Norm stands behind the pooling, as `fc_norm`, and not before it, as `encoder_norm`
  static constexpr int representation_size = 0;               ///< width of tanh(dense(pooled)) in front of the head, `pre_logits`; 0: none
  static constexpr ops::GeluForm gelu = ops::GeluForm::tanh;  ///< of the FFN; weights from PyTorch's model libraries need erf

  static constexpr double layer_norm_epsilon = 1e-6;  ///< what the LayerNorms of blocks and encoder_norm add to the variance; bank_norm adds 1e-6
  static constexpr bool qkv_bias = true;              ///< whether query, key and value have biases
  static constexpr double layer_scale = 0;            ///< initial value of gamma, which multiplies both branches of each block; 0: there is no gamma

  static constexpr std::array<int, 1> add_tape_token_to_layers{1};    ///< blocks before which tape is read: ascending, from 0; std::array<int, 0>{}: none
  static constexpr tape::BankType bank_type = tape::BankType::input;  ///< where the bank tokens of all reads come from
  static constexpr int tape_bank_size = 10000;                        ///< K of a learned bank
  static constexpr int patch_bank_size = 8;                           ///< patch size of an input bank, in pixels
  static constexpr int split_tt = 6;                                  ///< the key of a bank token is its first hidden_size / split_tt values
  static constexpr int tt_mlp_dim = 1536;                             ///< width of the FFN that tape tokens pass once, after a read; 0: none
  static constexpr int enc_tt_mlp_dim = 0;       ///< width of a separate FFN for tape tokens inside the blocks; 0: tape tokens pass the FFN of own tokens
  static constexpr double ponder_weight = 0.01;  ///< factor of ponder (PonderNet: beta) in the loss, unless train::CrossEntropy::ponder_weight is set

  // The layers of the model. The library's have layer_norm_epsilon, qkv_bias and layer_scale. A configuration may name layers of its own (model/layers.hpp says
  // what they must have; docs/design.md shows how).
  template <nn::BlockSizes size>
  using Block = nn::EncoderBlock<size.D, size.heads, size.mlp_dim, size.gelu, size.tape_mlp_dim, size.options>;  ///< D -> D
  template <int D>
  using Norm = nn::LayerNorm<D>;  ///< encoder_norm or fc_norm, D -> D
  template <int D, nn::Pool pool>
  using Pooling = nn::PoolTokens<D, pool>;  ///< the tokens of a sample -> D (nn/pooling.hpp); pool is `classifier`
  template <int D, int classes>
  using Head = nn::Linear<D, classes, nn::KernelInit::zeros>;  ///< D -> classes; D is representation_size, where there is one
  /// Names the layers of one's own in descriptions and checkpoints. Letters, digits and any of " _-+.,:/()". Needed where one of the four is not the library's.
  static constexpr std::string_view own_layers{};
};

}  // namespace adatape::model
