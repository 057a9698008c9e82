#pragma once
/// The names of the tensors of a ViT in this library (docs/model.md). '*' stands for the number of a block.
#include <string_view>

#include "adatape/core/namespace.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::weights::target {

/// The patch embedding: kernel [p, p, channels, D] and bias [D], p = `patch_size`.
///@{
inline constexpr std::string_view kEmbeddingKernel = "embedding/kernel";
inline constexpr std::string_view kEmbeddingBias = "embedding/bias";
///@}

/// Prefix tokens, [1, tokens, D].
///@{
inline constexpr std::string_view kCls = "cls";
inline constexpr std::string_view kDist = "dist";
inline constexpr std::string_view kRegisters = "registers";
///@}

/// The trained position embeddings of the own tokens, [1, tokens, D], prefix tokens first.
inline constexpr std::string_view kPositions = "posembed_input/pos_embedding";

/// The LayerNorm before the attention of a block, [D].
///@{
inline constexpr std::string_view kNorm0Scale = "Transformer/encoderblock_*/LayerNorm_0/scale";
inline constexpr std::string_view kNorm0Bias = "Transformer/encoderblock_*/LayerNorm_0/bias";
///@}

/// The LayerNorm before the MLP of a block, [D].
///@{
inline constexpr std::string_view kNorm1Scale = "Transformer/encoderblock_*/LayerNorm_1/scale";
inline constexpr std::string_view kNorm1Bias = "Transformer/encoderblock_*/LayerNorm_1/bias";
///@}

/// Query, key and value of the attention of a block: kernels [D, heads, D / heads] and biases [heads, D / heads].
///@{
inline constexpr std::string_view kQueryKernel = "Transformer/encoderblock_*/MultiHeadDotProductAttention_0/query/kernel";
inline constexpr std::string_view kQueryBias = "Transformer/encoderblock_*/MultiHeadDotProductAttention_0/query/bias";
inline constexpr std::string_view kKeyKernel = "Transformer/encoderblock_*/MultiHeadDotProductAttention_0/key/kernel";
inline constexpr std::string_view kKeyBias = "Transformer/encoderblock_*/MultiHeadDotProductAttention_0/key/bias";
inline constexpr std::string_view kValueKernel = "Transformer/encoderblock_*/MultiHeadDotProductAttention_0/value/kernel";
inline constexpr std::string_view kValueBias = "Transformer/encoderblock_*/MultiHeadDotProductAttention_0/value/bias";
///@}

/// The output of the attention of a block: kernel [heads, D / heads, D] and bias [D].
///@{
inline constexpr std::string_view kOutKernel = "Transformer/encoderblock_*/MultiHeadDotProductAttention_0/out/kernel";
inline constexpr std::string_view kOutBias = "Transformer/encoderblock_*/MultiHeadDotProductAttention_0/out/bias";
///@}

/// LayerScale of a block behind attention (0) and MLP (1), [D].
///@{
inline constexpr std::string_view kGamma0 = "Transformer/encoderblock_*/LayerScale_0/gamma";
inline constexpr std::string_view kGamma1 = "Transformer/encoderblock_*/LayerScale_1/gamma";
///@}

/// The first dense layer of the MLP of a block: kernel [D, `mlp_dim`] and bias [`mlp_dim`].
///@{
inline constexpr std::string_view kDense0Kernel = "Transformer/encoderblock_*/MlpBlock_0/Dense_0/kernel";
inline constexpr std::string_view kDense0Bias = "Transformer/encoderblock_*/MlpBlock_0/Dense_0/bias";
///@}

/// The second dense layer of the MLP of a block: kernel [`mlp_dim`, D] and bias [D].
///@{
inline constexpr std::string_view kDense1Kernel = "Transformer/encoderblock_*/MlpBlock_0/Dense_1/kernel";
inline constexpr std::string_view kDense1Bias = "Transformer/encoderblock_*/MlpBlock_0/Dense_1/bias";
///@}

/// The LayerNorm behind the blocks, in front of the pooling, [D].
///@{
inline constexpr std::string_view kLastNormScale = "Transformer/encoder_norm/scale";
inline constexpr std::string_view kLastNormBias = "Transformer/encoder_norm/bias";
///@}

/// The LayerNorm behind the pooling, [D].
///@{
inline constexpr std::string_view kFcNormScale = "fc_norm/scale";
inline constexpr std::string_view kFcNormBias = "fc_norm/bias";
///@}

/// The dense layer with tanh in front of the head: kernel [D, F] and bias [F], F = `representation_size`.
///@{
inline constexpr std::string_view kPreLogitsKernel = "pre_logits/kernel";
inline constexpr std::string_view kPreLogitsBias = "pre_logits/bias";
///@}

/// The head: kernel [D or F, classes] and bias [classes].
///@{
inline constexpr std::string_view kHeadKernel = "output_projection/kernel";
inline constexpr std::string_view kHeadBias = "output_projection/bias";
///@}

/// The second head, of the token `dist`: kernel [D, classes] and bias [classes].
///@{
inline constexpr std::string_view kHeadDistKernel = "head_dist/kernel";
inline constexpr std::string_view kHeadDistBias = "head_dist/bias";
///@}

}  // namespace adatape::weights::target
