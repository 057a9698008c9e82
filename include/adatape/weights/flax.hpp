#pragma once
/// The names of the Flax models: vision_transformer with augreg, big_vision, and scenic, whose names ours are.
#include "adatape/weights/family.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::weights {

namespace detail {

// clang-format off
inline constexpr std::array<Rule, 26> kFlaxRules{{
    {.target = target::kEmbeddingKernel, .source = "embedding/kernel"},
    {.target = target::kEmbeddingBias, .source = "embedding/bias"},
    {.target = target::kCls, .source = "cls"},
    {.target = target::kPositions, .source = "Transformer/posembed_input/pos_embedding"},
    {.target = target::kNorm0Scale, .source = "Transformer/encoderblock_*/LayerNorm_0/scale"},
    {.target = target::kNorm0Bias, .source = "Transformer/encoderblock_*/LayerNorm_0/bias"},
    {.target = target::kNorm1Scale, .source = "Transformer/encoderblock_*/LayerNorm_1/scale"},
    {.target = target::kNorm1Bias, .source = "Transformer/encoderblock_*/LayerNorm_1/bias"},
    {.target = target::kQueryKernel, .source = "Transformer/encoderblock_*/MultiHeadDotProductAttention_0/query/kernel"},
    {.target = target::kQueryBias, .source = "Transformer/encoderblock_*/MultiHeadDotProductAttention_0/query/bias"},
    {.target = target::kKeyKernel, .source = "Transformer/encoderblock_*/MultiHeadDotProductAttention_0/key/kernel"},
    {.target = target::kKeyBias, .source = "Transformer/encoderblock_*/MultiHeadDotProductAttention_0/key/bias"},
    {.target = target::kValueKernel, .source = "Transformer/encoderblock_*/MultiHeadDotProductAttention_0/value/kernel"},
    {.target = target::kValueBias, .source = "Transformer/encoderblock_*/MultiHeadDotProductAttention_0/value/bias"},
    {.target = target::kOutKernel, .source = "Transformer/encoderblock_*/MultiHeadDotProductAttention_0/out/kernel"},
    {.target = target::kOutBias, .source = "Transformer/encoderblock_*/MultiHeadDotProductAttention_0/out/bias"},
    {.target = target::kDense0Kernel, .source = "Transformer/encoderblock_*/MlpBlock_0/Dense_0/kernel"},
    {.target = target::kDense0Bias, .source = "Transformer/encoderblock_*/MlpBlock_0/Dense_0/bias"},
    {.target = target::kDense1Kernel, .source = "Transformer/encoderblock_*/MlpBlock_0/Dense_1/kernel"},
    {.target = target::kDense1Bias, .source = "Transformer/encoderblock_*/MlpBlock_0/Dense_1/bias"},
    {.target = target::kLastNormScale, .source = "Transformer/encoder_norm/scale"},
    {.target = target::kLastNormBias, .source = "Transformer/encoder_norm/bias"},
    {.target = target::kPreLogitsKernel, .source = "pre_logits/kernel"},
    {.target = target::kPreLogitsBias, .source = "pre_logits/bias"},
    {.target = target::kHeadKernel, .source = "head/kernel"},
    {.target = target::kHeadBias, .source = "head/bias"},
}};
// clang-format on

/// Old Flax counts the children of a block together. big_vision with scan holds the tensors of all blocks as one.
inline constexpr std::array<Renaming, 7> kFlaxRenamings{{{"LayerNorm_1", "LayerNorm_2"},
                                                         {"MultiHeadDotProductAttention_0", "MultiHeadDotProductAttention_1"},
                                                         {"MlpBlock_0", "MlpBlock_3"},
                                                         {"encoderblock_*", "encoderblock"},
                                                         {"Transformer/posembed_input/", "posembed_input/"},
                                                         {"Transformer/posembed_input/", ""},
                                                         {"head/", "output_projection/"}}};

}  // namespace detail

/// Without rows of prefix tokens in the position embeddings (big_vision) those rows are 0. big_vision stores no positions where they are sincos2d.
inline constexpr Family kFlax{.name = "flax",
                              .rules = detail::kFlaxRules,
                              .anchor = "embedding/kernel",
                              .renamings = detail::kFlaxRenamings,
                              .head = "head/",
                              .gelu = "tanh",
                              .positions = io::GridResampling::corner_aligned,
                              .sincos_if_missing = true,
                              .pictures = {"half", "scenic", 0.875}};

}  // namespace adatape::weights
