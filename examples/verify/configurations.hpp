#pragma once
/// The configurations of the golden files, compiled in.
#include <tuple>

#include "adatape/model/classifier.hpp"

namespace adatape::verify {

using model::Encoder;
using model::Input;
using nn::Pool;
using tape::BankType;

/// What most of them share.
struct Golden : model::ModelDefaults {
  static constexpr std::array<int, 3> image{12, 12, 3};
  static constexpr int patch_size = 4, hidden_size = 24, num_heads = 3, mlp_dim = 48, num_layers = 3, num_classes = 7;
  static constexpr BankType bank_type = BankType::learn;
  static constexpr int tape_bank_size = 40, patch_bank_size = 2, num_tape_tokens = 6, split_tt = 3, tt_mlp_dim = 32, enc_tt_mlp_dim = 0;
  static constexpr double threshold = 1.5;
};

struct VitGap : Golden {
  static constexpr std::array<int, 0> add_tape_token_to_layers{};
};
struct VitToken : VitGap {
  static constexpr int hidden_size = 20, num_heads = 5, mlp_dim = 36;
  static constexpr Pool classifier = Pool::token;
  static constexpr ops::GeluForm gelu = ops::GeluForm::erf;
};

struct LearnGap : Golden {};
struct LearnTokenTwoFfn : Golden {
  static constexpr int hidden_size = 40, num_heads = 4, split_tt = 2, tt_mlp_dim = 0, enc_tt_mlp_dim = 20;
  static constexpr Pool classifier = Pool::token, query_type = Pool::token;
  static constexpr double threshold = 2;
  static constexpr tape::PonderLoss loss_type = tape::PonderLoss::max;
  static constexpr bool complex_query = false;
};
struct LearnTwoReads : Golden {
  static constexpr std::array<int, 3> image{13, 18, 1};
  static constexpr std::array<int, 2> add_tape_token_to_layers{1, 2};
  static constexpr int num_tape_tokens = 7, tt_mlp_dim = 0, enc_tt_mlp_dim = 20;
  static constexpr Pool classifier = Pool::token, query_type = Pool::token;
  static constexpr double threshold = 2;
};
struct FixedLearn : Golden {
  static constexpr bool dynamic = false;
  static constexpr int num_tape_tokens = 5;
};

struct InputGap : Golden {
  static constexpr BankType bank_type = BankType::input;
  static constexpr int hidden_size = 32, num_heads = 4, split_tt = 4, num_tape_tokens = 10;
  static constexpr double threshold = 2;
};
struct InputShortBank : Golden {
  static constexpr BankType bank_type = BankType::input;
  static constexpr std::array<int, 3> image{14, 10, 2};
  static constexpr int patch_bank_size = 3, num_tape_tokens = 5;
  static constexpr double threshold = 1.6;
};
struct InputTokenTwoFfn : Golden {
  static constexpr BankType bank_type = BankType::input;
  static constexpr int enc_tt_mlp_dim = 24;
  static constexpr Pool classifier = Pool::token, query_type = Pool::token;
  static constexpr double threshold = 3;
};
struct InputTwoReads : Golden {
  static constexpr BankType bank_type = BankType::input;
  static constexpr std::array<int, 2> add_tape_token_to_layers{0, 2};
  static constexpr int num_tape_tokens = 4, enc_tt_mlp_dim = 16;
  static constexpr double threshold = 1;
};
struct SmallVit : Golden {
  static constexpr std::array<int, 3> image{8, 8, 2};
  static constexpr int hidden_size = 12, mlp_dim = 20, num_layers = 2, num_classes = 4;
  static constexpr std::array<int, 0> add_tape_token_to_layers{};
  static constexpr Pool classifier = Pool::token;
  static constexpr ops::GeluForm gelu = ops::GeluForm::erf;
};
struct VitEpsilon : SmallVit {
  static constexpr double layer_norm_epsilon = 1e-3;
};
struct VitNoQkvBias : SmallVit {
  static constexpr bool qkv_bias = false;
};
struct VitLayerScale : SmallVit {
  static constexpr double layer_scale = 0.1;
};
/// All options of blocks.
struct InputOfBlocks : SmallVit {
  static constexpr std::array<int, 1> add_tape_token_to_layers{1};
  static constexpr BankType bank_type = BankType::input;
  static constexpr int num_tape_tokens = 4, tt_mlp_dim = 8, enc_tt_mlp_dim = 10;
  static constexpr Pool classifier = Pool::gap;
  static constexpr ops::GeluForm gelu = ops::GeluForm::tanh;
  static constexpr double layer_norm_epsilon = 1e-3, layer_scale = 0.1;
  static constexpr bool qkv_bias = false;
};
struct InputReduced : Golden {
  static constexpr BankType bank_type = BankType::input;
  static constexpr std::array<int, 3> image{25, 26, 2};
  static constexpr int image_reduction = 2, patch_bank_size = 5;
};
struct FixedInput : Golden {
  static constexpr BankType bank_type = BankType::input;
  static constexpr bool dynamic = false;
  static constexpr int num_tape_tokens = 5, enc_tt_mlp_dim = 24;
  static constexpr Pool classifier = Pool::token, query_type = Pool::token;
};

struct ParityGap : Golden {
  static constexpr Input input = Input::whole_sequence;
  static constexpr BankType bank_type = BankType::input;
  static constexpr int seq_len = 12, num_layers = 2, num_classes = 2, tt_mlp_dim = 0;
};
struct ParityToken : ParityGap {
  static constexpr int seq_len = 17, num_tape_tokens = 8, enc_tt_mlp_dim = 16;
  static constexpr Pool classifier = Pool::token, query_type = Pool::token;
  static constexpr double threshold = 2;
};

struct ActBasic : Golden {
  static constexpr Encoder encoder = Encoder::act;
  static constexpr Pool classifier = Pool::token;
  static constexpr int act_max_steps = 5;
};
struct ActMixed : Golden {
  static constexpr Encoder encoder = Encoder::act;
  static constexpr int act_max_steps = 4;
};
struct ActAccumulated : ActMixed {
  static constexpr double act_epsilon = 0.05;
  static constexpr act::ActType act_type = act::ActType::accumulated;
  static constexpr act::ActLevel act_level = act::ActLevel::per_token;
  static constexpr bool share_parameters = false;
};

struct PonderNetShared : ActBasic {
  static constexpr Encoder encoder = Encoder::pondernet;
};
struct PonderNetUnshared : ActAccumulated {
  static constexpr Encoder encoder = Encoder::pondernet;
  static constexpr act::ActLevel act_level = act::ActLevel::per_example;
  static constexpr double lambda_p = 0.35;
};

struct GivenTokens : Golden {
  static constexpr Input input = Input::tokens;
  static constexpr BankType bank_type = BankType::given;
  static constexpr int token_width = 10, bank_width = 14;
  static constexpr std::array<int, 2> add_tape_token_to_layers{0, 2};
};
struct GivenRaw : Golden {
  static constexpr Input input = Input::tokens;
  static constexpr BankType bank_type = BankType::given;
  static constexpr int num_tape_tokens = 5, tt_mlp_dim = 0, enc_tt_mlp_dim = 16;
  static constexpr Pool classifier = Pool::token, query_type = Pool::token;
  static constexpr double threshold = 2;
  static constexpr tape::PonderLoss loss_type = tape::PonderLoss::max;
  static constexpr bool complex_query = false;
};

/// What stands before the tokens and behind the encoder.
struct OneBlockVit : VitGap {
  static constexpr int num_layers = 1;
};
struct VitFcNorm : OneBlockVit {
  static constexpr Pool classifier = Pool::gap_without_prefix;
  static constexpr bool class_token = true, fc_norm = true;
};
struct VitRegisters : OneBlockVit {
  static constexpr Pool classifier = Pool::token;
  static constexpr int registers = 3;
};
struct VitDistilled : OneBlockVit {
  static constexpr Pool classifier = Pool::token;
  static constexpr bool distillation = true;
};
struct VitSincos : OneBlockVit {
  static constexpr std::array<int, 3> image{12, 16, 3};
  static constexpr model::Positions positions = model::Positions::sincos2d;
  static constexpr int representation_size = 10;
};
struct VitPatch14 : OneBlockVit {
  static constexpr std::array<int, 3> image{30, 28, 1};
  static constexpr int patch_size = 14, hidden_size = 16, num_heads = 2, mlp_dim = 20;
};
struct InputRegisters : InputGap {
  static constexpr Pool classifier = Pool::gap_without_prefix;
  static constexpr bool class_token = true, fc_norm = true;
  static constexpr int hidden_size = 24, num_heads = 3, split_tt = 3, num_layers = 2, patch_bank_size = 3, num_tape_tokens = 5;
  static constexpr int registers = 2, representation_size = 10;
};

using Configurations = std::tuple<VitGap, VitToken, LearnGap, LearnTokenTwoFfn, LearnTwoReads, FixedLearn, InputGap, InputShortBank, InputTokenTwoFfn,
                                  InputTwoReads, InputReduced, VitEpsilon, VitNoQkvBias, VitLayerScale, InputOfBlocks, FixedInput, ParityGap, ParityToken,
                                  ActBasic, ActMixed, ActAccumulated, PonderNetShared, PonderNetUnshared, GivenTokens, GivenRaw, VitFcNorm, VitRegisters,
                                  VitDistilled, VitSincos, VitPatch14, InputRegisters>;

}  // namespace adatape::verify
