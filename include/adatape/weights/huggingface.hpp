#pragma once
/// The names of Hugging Face's ViTForImageClassification, DeiTForImageClassification and DeiTForImageClassificationWithTeacher (distilled).
#include "adatape/weights/family.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::weights {

namespace detail {

// clang-format off
inline constexpr std::array<Rule, 27> kHuggingFaceRules{{
    {.target = target::kEmbeddingKernel, .source = "vit.embeddings.patch_embeddings.projection.weight", .form = Form::convolution},
    {.target = target::kEmbeddingBias, .source = "vit.embeddings.patch_embeddings.projection.bias", .form = Form::flat},
    {.target = target::kCls, .source = "vit.embeddings.cls_token"},
    {.target = target::kDist, .source = "vit.embeddings.distillation_token"},
    {.target = target::kPositions, .source = "vit.embeddings.position_embeddings"},
    {.target = target::kNorm0Scale, .source = "vit.encoder.layer.*.layernorm_before.weight", .form = Form::flat},
    {.target = target::kNorm0Bias, .source = "vit.encoder.layer.*.layernorm_before.bias", .form = Form::flat},
    {.target = target::kNorm1Scale, .source = "vit.encoder.layer.*.layernorm_after.weight", .form = Form::flat},
    {.target = target::kNorm1Bias, .source = "vit.encoder.layer.*.layernorm_after.bias", .form = Form::flat},
    {.target = target::kQueryKernel, .source = "vit.encoder.layer.*.attention.attention.query.weight", .form = Form::linear},
    {.target = target::kQueryBias, .source = "vit.encoder.layer.*.attention.attention.query.bias", .form = Form::flat, .zero_if_missing = true},
    {.target = target::kKeyKernel, .source = "vit.encoder.layer.*.attention.attention.key.weight", .form = Form::linear},
    {.target = target::kKeyBias, .source = "vit.encoder.layer.*.attention.attention.key.bias", .form = Form::flat, .zero_if_missing = true},
    {.target = target::kValueKernel, .source = "vit.encoder.layer.*.attention.attention.value.weight", .form = Form::linear},
    {.target = target::kValueBias, .source = "vit.encoder.layer.*.attention.attention.value.bias", .form = Form::flat, .zero_if_missing = true},
    {.target = target::kOutKernel, .source = "vit.encoder.layer.*.attention.output.dense.weight", .form = Form::linear, .inputs = 2},
    {.target = target::kOutBias, .source = "vit.encoder.layer.*.attention.output.dense.bias", .form = Form::flat},
    {.target = target::kDense0Kernel, .source = "vit.encoder.layer.*.intermediate.dense.weight", .form = Form::linear},
    {.target = target::kDense0Bias, .source = "vit.encoder.layer.*.intermediate.dense.bias", .form = Form::flat},
    {.target = target::kDense1Kernel, .source = "vit.encoder.layer.*.output.dense.weight", .form = Form::linear},
    {.target = target::kDense1Bias, .source = "vit.encoder.layer.*.output.dense.bias", .form = Form::flat},
    {.target = target::kLastNormScale, .source = "vit.layernorm.weight", .form = Form::flat},
    {.target = target::kLastNormBias, .source = "vit.layernorm.bias", .form = Form::flat},
    {.target = target::kHeadKernel, .source = "classifier.weight", .form = Form::linear},
    {.target = target::kHeadBias, .source = "classifier.bias", .form = Form::flat},
    {.target = target::kHeadDistKernel, .source = "distillation_classifier.weight", .form = Form::linear},
    {.target = target::kHeadDistBias, .source = "distillation_classifier.bias", .form = Form::flat},
}};
// clang-format on

/// DeiT, distilled DeiT, and base models, which have no head.
inline constexpr std::array<Renaming, 3> kHuggingFaceRenamings{{{"vit.", "deit."}, {"classifier.", "cls_classifier."}, {"vit.", ""}}};
/// What names of a distilled model begin with.
inline constexpr std::array<Renaming, 2> kHuggingFaceDistilled{{{"vit.", "deit."}, {"classifier.", "cls_classifier."}}};
/// The pooler of a base model, which the classifier does not use. mask_token takes part in pretraining only.
inline constexpr std::array<std::string_view, 2> kHuggingFaceUnused{"pooler.dense.", "embeddings.mask_token"};

}  // namespace detail

/// The epsilon is the default of ViTConfig.
inline constexpr Family kHuggingFace{.name = "huggingface",
                                     .rules = detail::kHuggingFaceRules,
                                     .anchor = "vit.embeddings.patch_embeddings.projection.weight",
                                     .renamings = detail::kHuggingFaceRenamings,
                                     .head = "classifier.",
                                     .gelu = "erf",
                                     .epsilon = 1e-12,
                                     .positions = io::GridResampling::bicubic,
                                     .pictures = {"half", "stretch", 1},
                                     .unused = detail::kHuggingFaceUnused,
                                     .distilled = detail::kHuggingFaceDistilled};

}  // namespace adatape::weights
