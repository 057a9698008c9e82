#pragma once
/// The names of torchvision's VisionTransformer.
#include "adatape/weights/family.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::weights {

namespace detail {

// clang-format off
inline constexpr std::array<Rule, 26> kTorchvisionRules{{
    {.target = target::kEmbeddingKernel, .source = "conv_proj.weight", .form = Form::convolution},
    {.target = target::kEmbeddingBias, .source = "conv_proj.bias", .form = Form::flat},
    {.target = target::kCls, .source = "class_token"},
    {.target = target::kPositions, .source = "encoder.pos_embedding"},
    {.target = target::kNorm0Scale, .source = "encoder.layers.encoder_layer_*.ln_1.weight", .form = Form::flat},
    {.target = target::kNorm0Bias, .source = "encoder.layers.encoder_layer_*.ln_1.bias", .form = Form::flat},
    {.target = target::kNorm1Scale, .source = "encoder.layers.encoder_layer_*.ln_2.weight", .form = Form::flat},
    {.target = target::kNorm1Bias, .source = "encoder.layers.encoder_layer_*.ln_2.bias", .form = Form::flat},
    {.target = target::kQueryKernel, .source = "encoder.layers.encoder_layer_*.self_attention.in_proj_weight", .form = Form::linear, .parts = 3},
    {.target = target::kQueryBias, .source = "encoder.layers.encoder_layer_*.self_attention.in_proj_bias", .form = Form::flat, .parts = 3},
    {.target = target::kKeyKernel, .source = "encoder.layers.encoder_layer_*.self_attention.in_proj_weight", .form = Form::linear, .part = 1, .parts = 3},
    {.target = target::kKeyBias, .source = "encoder.layers.encoder_layer_*.self_attention.in_proj_bias", .form = Form::flat, .part = 1, .parts = 3},
    {.target = target::kValueKernel, .source = "encoder.layers.encoder_layer_*.self_attention.in_proj_weight", .form = Form::linear, .part = 2, .parts = 3},
    {.target = target::kValueBias, .source = "encoder.layers.encoder_layer_*.self_attention.in_proj_bias", .form = Form::flat, .part = 2, .parts = 3},
    {.target = target::kOutKernel, .source = "encoder.layers.encoder_layer_*.self_attention.out_proj.weight", .form = Form::linear, .inputs = 2},
    {.target = target::kOutBias, .source = "encoder.layers.encoder_layer_*.self_attention.out_proj.bias", .form = Form::flat},
    {.target = target::kDense0Kernel, .source = "encoder.layers.encoder_layer_*.mlp.0.weight", .form = Form::linear},
    {.target = target::kDense0Bias, .source = "encoder.layers.encoder_layer_*.mlp.0.bias", .form = Form::flat},
    {.target = target::kDense1Kernel, .source = "encoder.layers.encoder_layer_*.mlp.3.weight", .form = Form::linear},
    {.target = target::kDense1Bias, .source = "encoder.layers.encoder_layer_*.mlp.3.bias", .form = Form::flat},
    {.target = target::kLastNormScale, .source = "encoder.ln.weight", .form = Form::flat},
    {.target = target::kLastNormBias, .source = "encoder.ln.bias", .form = Form::flat},
    {.target = target::kPreLogitsKernel, .source = "heads.pre_logits.weight", .form = Form::linear},
    {.target = target::kPreLogitsBias, .source = "heads.pre_logits.bias", .form = Form::flat},
    {.target = target::kHeadKernel, .source = "heads.head.weight", .form = Form::linear},
    {.target = target::kHeadBias, .source = "heads.head.bias", .form = Form::flat},
}};
// clang-format on

/// Names of the first release.
inline constexpr std::array<Renaming, 2> kTorchvisionRenamings{{{"mlp.0.", "mlp.linear_1."}, {"mlp.3.", "mlp.linear_2."}}};

}  // namespace detail

/// The pictures are those of IMAGENET1K_V1: the shorter side to 256 as Pillow does it (bilinear), and the middle of that.
inline constexpr Family kTorchvision{.name = "torchvision",
                                     .rules = detail::kTorchvisionRules,
                                     .anchor = "conv_proj.weight",
                                     .renamings = detail::kTorchvisionRenamings,
                                     .head = "heads.head.",
                                     .gelu = "erf",
                                     .positions = io::GridResampling::bicubic,
                                     .pictures = {"imagenet", "timm", 0.875, "bilinear"}};

}  // namespace adatape::weights
