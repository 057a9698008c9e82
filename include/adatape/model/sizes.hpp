#pragma once
/// The named variants: AdaTape and plain ViT in sizes Ti, S, B and L, for images of 224 x 224 x 3, patches of 8, 16 or 32 pixels, and 1000 classes.
///     using Model = adatape::model::AdaTape<adatape::model::Size::S, 16>;
#include "adatape/model/classifier.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::model {

/// Sizes of the ViT family (Dosovitskiy et al. 2021; Ti: Touvron et al. 2021).
enum class Size : std::uint8_t { Ti, S, B, L };

/// Hidden size, number of heads, MLP width and number of blocks of a size.
struct Dimensions {
  int hidden_size, num_heads, mlp_dim, num_layers;  ///< as in ModelDefaults
};
/// Ti: 192, 3, 768 and 12.  S: 384, 6, 1536 and 12.  B: 768, 12, 3072 and 12.  L: 1024, 16, 4096 and 24.
constexpr Dimensions dimensions(Size size) {
  switch (size) {
    case Size::Ti: return {192, 3, 768, 12};
    case Size::S: return {384, 6, 1536, 12};
    case Size::B: return {768, 12, 3072, 12};
    case Size::L: break;
  }
  return {1024, 16, 4096, 24};
}

/// Plain ViT with global average pooling.
template <Size size, int patch>
struct VitConfig : ModelDefaults {
  static constexpr int patch_size = patch;
  static constexpr int hidden_size = dimensions(size).hidden_size, num_heads = dimensions(size).num_heads;
  static constexpr int mlp_dim = dimensions(size).mlp_dim, num_layers = dimensions(size).num_layers;
  static constexpr int split_tt = num_heads, tt_mlp_dim = mlp_dim;
  static constexpr std::array<int, 0> add_tape_token_to_layers{};
};

/// AdaTape as the paper trains it on ImageNet:
///  - T = 10, one read, before the second block,
///  - a bank of 784 tokens (input) or 10 000 tokens (learned),
///  - tau = 2; for L with an input bank tau = 1. The paper says that this model has a smaller threshold, and does not say which. 1 is this library's choice.
///  - ponder weight 0.01; for learned banks 0.
template <Size size, int patch, tape::BankType bank = tape::BankType::input>
struct AdaTapeConfig : VitConfig<size, patch> {
  static constexpr std::array<int, 1> add_tape_token_to_layers{1};
  static constexpr tape::BankType bank_type = bank;
  static constexpr double threshold = size == Size::L && bank == tape::BankType::input ? 1 : 2;
  static constexpr double ponder_weight = bank == tape::BankType::learn ? 0 : 0.01;
};

/// The model of the configuration of that name.
///@{
template <Size size, int patch>
using Vit = Classifier<VitConfig<size, patch>>;
template <Size size, int patch, tape::BankType bank = tape::BankType::input>
using AdaTape = Classifier<AdaTapeConfig<size, patch, bank>>;
///@}

}  // namespace adatape::model
