#pragma once
/// The names of timm's vision_transformer.py, of Meta's DeiT, DeiT-III, DINO and DINOv2. For a model without LayerScale it is folded into the layer before it,
/// which is exact for inference.
#include "adatape/weights/family.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::weights {

namespace detail {

/// The registers of Meta's DINOv2 (dinov2/models/vision_transformer.py), which join the tokens behind the position embeddings.
inline constexpr std::string_view kDinoRegisters = "register_tokens";

// clang-format off
inline constexpr std::array<Rule, 34> kTimmRules{{
    {.target = target::kEmbeddingKernel, .source = "patch_embed.proj.weight", .form = Form::convolution},
    {.target = target::kEmbeddingBias, .source = "patch_embed.proj.bias", .form = Form::flat},
    {.target = target::kCls, .source = "cls_token"},
    {.target = target::kDist, .source = "dist_token"},
    {.target = target::kRegisters, .source = "reg_token"},
    {.target = target::kPositions, .source = "pos_embed"},
    {.target = target::kNorm0Scale, .source = "blocks.*.norm1.weight", .form = Form::flat},
    {.target = target::kNorm0Bias, .source = "blocks.*.norm1.bias", .form = Form::flat},
    {.target = target::kNorm1Scale, .source = "blocks.*.norm2.weight", .form = Form::flat},
    {.target = target::kNorm1Bias, .source = "blocks.*.norm2.bias", .form = Form::flat},
    {.target = target::kQueryKernel, .source = "blocks.*.attn.qkv.weight", .form = Form::linear, .parts = 3},
    {.target = target::kQueryBias, .source = "blocks.*.attn.qkv.bias", .form = Form::flat, .parts = 3, .zero_if_missing = true},
    {.target = target::kKeyKernel, .source = "blocks.*.attn.qkv.weight", .form = Form::linear, .part = 1, .parts = 3},
    {.target = target::kKeyBias, .source = "blocks.*.attn.qkv.bias", .form = Form::flat, .part = 1, .parts = 3, .zero_if_missing = true},
    {.target = target::kValueKernel, .source = "blocks.*.attn.qkv.weight", .form = Form::linear, .part = 2, .parts = 3},
    {.target = target::kValueBias, .source = "blocks.*.attn.qkv.bias", .form = Form::flat, .part = 2, .parts = 3, .zero_if_missing = true},
    {.target = target::kOutKernel, .source = "blocks.*.attn.proj.weight", .form = Form::linear, .inputs = 2, .scale = "blocks.*.ls1.gamma"},
    {.target = target::kOutBias, .source = "blocks.*.attn.proj.bias", .form = Form::flat, .scale = "blocks.*.ls1.gamma"},
    {.target = target::kGamma0, .source = "blocks.*.ls1.gamma", .form = Form::flat},
    {.target = target::kGamma1, .source = "blocks.*.ls2.gamma", .form = Form::flat},
    {.target = target::kDense0Kernel, .source = "blocks.*.mlp.fc1.weight", .form = Form::linear},
    {.target = target::kDense0Bias, .source = "blocks.*.mlp.fc1.bias", .form = Form::flat},
    {.target = target::kDense1Kernel, .source = "blocks.*.mlp.fc2.weight", .form = Form::linear, .scale = "blocks.*.ls2.gamma"},
    {.target = target::kDense1Bias, .source = "blocks.*.mlp.fc2.bias", .form = Form::flat, .scale = "blocks.*.ls2.gamma"},
    {.target = target::kLastNormScale, .source = "norm.weight", .form = Form::flat},
    {.target = target::kLastNormBias, .source = "norm.bias", .form = Form::flat},
    {.target = target::kFcNormScale, .source = "fc_norm.weight", .form = Form::flat},
    {.target = target::kFcNormBias, .source = "fc_norm.bias", .form = Form::flat},
    {.target = target::kPreLogitsKernel, .source = "pre_logits.fc.weight", .form = Form::linear},
    {.target = target::kPreLogitsBias, .source = "pre_logits.fc.bias", .form = Form::flat},
    {.target = target::kHeadKernel, .source = "head.weight", .form = Form::linear},
    {.target = target::kHeadBias, .source = "head.bias", .form = Form::flat},
    {.target = target::kHeadDistKernel, .source = "head_dist.weight", .form = Form::linear},
    {.target = target::kHeadDistBias, .source = "head_dist.bias", .form = Form::flat},
}};
// clang-format on

/// DeiT-III's names of LayerScale, and DINOv2's of registers.
inline constexpr std::array<Renaming, 3> kTimmRenamings{{{"ls1.gamma", "gamma_1"}, {"ls2.gamma", "gamma_2"}, {"reg_token", kDinoRegisters}}};
/// Old files hold pre_logits, which timm drops, as does a model without representation_size. mask_token takes part in pretraining only.
inline constexpr std::array<std::string_view, 2> kTimmUnused{"pre_logits.fc.", "mask_token"};

}  // namespace detail

/// ViT of timm. Without rows of prefix tokens in the position embeddings (no_embed_class) those rows are 0.
inline constexpr Family kTimm{.name = "timm",
                              .rules = detail::kTimmRules,
                              .anchor = "patch_embed.proj.weight",
                              .renamings = detail::kTimmRenamings,
                              .head = "head",
                              .gelu = "erf",
                              .positions = io::GridResampling::antialiased_bicubic,
                              .registers_behind_positions = detail::kDinoRegisters,
                              .pictures = {"half", "timm", 0.9},
                              .unused = detail::kTimmUnused};

/// The same names with DeiT's pictures and positions.
inline constexpr Family kDeit{.name = "deit",
                              .rules = detail::kTimmRules,
                              .anchor = "patch_embed.proj.weight",
                              .by_name_only = true,
                              .renamings = detail::kTimmRenamings,
                              .head = "head",
                              .gelu = "erf",
                              .positions = io::GridResampling::bicubic,
                              .registers_behind_positions = detail::kDinoRegisters,
                              .pictures = {"imagenet", "timm", 0.9},
                              .unused = detail::kTimmUnused};

}  // namespace adatape::weights
