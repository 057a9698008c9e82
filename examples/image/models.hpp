#pragma once
/// Models for images of 28 x 28 in grey, and of 32 x 32 and 224 x 224 in colour. ADATAPE_MODELS (examples/CMakeLists.txt) has the names of those that are compiled
/// in.
#include "adatape/model/sizes.hpp"

namespace adatape::examples {

/// AdaTape on 49 patches of 4 x 4 pixels; its tape is read from the image's 196 patches of 2 x 2 pixels.
struct AdatapeFashion : model::ModelDefaults {
  static constexpr const char* name = "adatape-fashion";
  static constexpr std::array<int, 3> image{28, 28, 1};
  static constexpr int patch_size = 4, hidden_size = 64, num_heads = 4, mlp_dim = 128, num_layers = 4, num_classes = 10;
  static constexpr int patch_bank_size = 2, split_tt = 4, tt_mlp_dim = 64;
  static constexpr int num_tape_tokens = 10;
  static constexpr double threshold = 2;
};

/// The same with a trainable bank in place of the image's own patches.
struct AdatapeFashionLearn : AdatapeFashion {
  static constexpr const char* name = "adatape-fashion-learn";
  static constexpr tape::BankType bank_type = tape::BankType::learn;
  static constexpr int tape_bank_size = 512;
};

/// Half as wide again and a block deeper, for longer runs.
struct AdatapeFashionWide : AdatapeFashion {
  static constexpr const char* name = "adatape-fashion-wide";
  static constexpr int hidden_size = 96, mlp_dim = 192, num_layers = 5, tt_mlp_dim = 96;
};

/// The default without a tape.
struct VitFashion : AdatapeFashion {
  static constexpr const char* name = "vit-fashion";
  static constexpr std::array<int, 0> add_tape_token_to_layers{};
};

/// As many multiply-accumulates as the default with a tape of 8 tokens, without a tape: 9.71 and 9.79 million.
struct VitFashionEqual : VitFashion {
  static constexpr const char* name = "vit-fashion-equal";
  static constexpr int mlp_dim = 208;
};

/// One block applied until the image is done (Universal Transformer with adaptive computation time).
struct UtFashion : AdatapeFashion {
  static constexpr const char* name = "ut-fashion";
  static constexpr model::Encoder encoder = model::Encoder::act;
  static constexpr int act_max_steps = 6;
};

/// Small enough to train within seconds, for trying things out.
struct AdatapeFashionTiny : AdatapeFashion {
  static constexpr const char* name = "adatape-fashion-tiny";
  static constexpr int patch_size = 7, hidden_size = 16, num_heads = 2, mlp_dim = 32, num_layers = 2, patch_bank_size = 4, split_tt = 2,
                       tt_mlp_dim = 16;
};

/// AdaTape for pictures in colour, such as CIFAR-10 and CIFAR-100: 64 patches of 4 x 4 pixels, and a tape read from the 256 patches of 2 x 2.
struct AdatapeCifar : AdatapeFashion {
  static constexpr const char* name = "adatape-cifar";
  static constexpr std::array<int, 3> image{32, 32, 3};
  static constexpr int hidden_size = 96, mlp_dim = 192, tt_mlp_dim = 96, num_classes = 100;
};

/// In colour, small enough to train within seconds.
struct AdatapeColourTiny : AdatapeFashionTiny {
  static constexpr const char* name = "adatape-colour-tiny";
  static constexpr std::array<int, 3> image{32, 32, 3};
  static constexpr int patch_size = 8;
};

// The paper's models at 224 x 224, for up to 1000 classes (model/sizes.hpp). The number is the side of a patch in pixels.
using model::AdaTapeConfig, model::VitConfig, model::Size;

struct AdatapeTi16 : AdaTapeConfig<Size::Ti, 16> {
  static constexpr const char* name = "adatape-ti16";
};
struct AdatapeTi32 : AdaTapeConfig<Size::Ti, 32> {
  static constexpr const char* name = "adatape-ti32";
};
struct AdatapeS16 : AdaTapeConfig<Size::S, 16> {
  static constexpr const char* name = "adatape-s16";
};
struct AdatapeS32 : AdaTapeConfig<Size::S, 32> {
  static constexpr const char* name = "adatape-s32";
};
struct AdatapeB16 : AdaTapeConfig<Size::B, 16> {
  static constexpr const char* name = "adatape-b16";
};
struct AdatapeB32 : AdaTapeConfig<Size::B, 32> {
  static constexpr const char* name = "adatape-b32";
};
struct AdatapeB8 : AdaTapeConfig<Size::B, 8> {
  static constexpr const char* name = "adatape-b8";
};
struct AdatapeL16 : AdaTapeConfig<Size::L, 16> {
  static constexpr const char* name = "adatape-l16";
};
struct AdatapeL32 : AdaTapeConfig<Size::L, 32> {
  static constexpr const char* name = "adatape-l32";
};
struct VitTi16 : VitConfig<Size::Ti, 16> {
  static constexpr const char* name = "vit-ti16";
};
struct VitTi32 : VitConfig<Size::Ti, 32> {
  static constexpr const char* name = "vit-ti32";
};
struct VitS16 : VitConfig<Size::S, 16> {
  static constexpr const char* name = "vit-s16";
};
struct VitS32 : VitConfig<Size::S, 32> {
  static constexpr const char* name = "vit-s32";
};
struct VitB16 : VitConfig<Size::B, 16> {
  static constexpr const char* name = "vit-b16";
};
struct VitB32 : VitConfig<Size::B, 32> {
  static constexpr const char* name = "vit-b32";
};
struct VitL16 : VitConfig<Size::L, 16> {
  static constexpr const char* name = "vit-l16";
};
struct VitL32 : VitConfig<Size::L, 32> {
  static constexpr const char* name = "vit-l32";
};

/// With the class token and the GELU of PyTorch's libraries: what weights of timm, DeiT, torchvision and Hugging Face go into (docs/interchange.md).
template <class Config>
struct AsInPyTorch : Config {
  static constexpr nn::Pool classifier = nn::Pool::token;
  static constexpr ops::GeluForm gelu = ops::GeluForm::erf;
};
struct TokenVitTi16 : AsInPyTorch<VitConfig<Size::Ti, 16>> {
  static constexpr const char* name = "token-vit-ti16";
};
struct TokenVitS16 : AsInPyTorch<VitConfig<Size::S, 16>> {
  static constexpr const char* name = "token-vit-s16";
};
struct TokenVitB16 : AsInPyTorch<VitConfig<Size::B, 16>> {
  static constexpr const char* name = "token-vit-b16";
};
struct TokenVitB32 : AsInPyTorch<VitConfig<Size::B, 32>> {
  static constexpr const char* name = "token-vit-b32";
};
struct TokenVitL16 : AsInPyTorch<VitConfig<Size::L, 16>> {
  static constexpr const char* name = "token-vit-l16";
};
struct TokenAdatapeS16 : AsInPyTorch<AdaTapeConfig<Size::S, 16>> {
  static constexpr const char* name = "token-adatape-s16";
};
struct TokenAdatapeB16 : AsInPyTorch<AdaTapeConfig<Size::B, 16>> {
  static constexpr const char* name = "token-adatape-b16";
};

}  // namespace adatape::examples
