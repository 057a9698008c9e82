#pragma once
/// The names of the tensors of a ViT in this library (docs/model.md). '*' stands for the number of a block.
#include <string_view>

#include "adatape/core/namespace.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::weights::target {

inline constexpr std::string_view kEmbeddingKernel = "embedding/kernel";
inline constexpr std::string_view kEmbeddingBias = "embedding/bias";
inline constexpr std::string_view kCls = "cls";
inline constexpr std::string_view kDist = "dist";
inline constexpr std::string_view kRegisters = "registers";
inline constexpr std::string_view kPositions = "posembed_input/pos_embedding";
inline constexpr std::string_view kNorm0Scale = "Transformer/encoderblock_*/LayerNorm_0/scale";
inline constexpr std::string_view kNorm0Bias = "Transformer/encoderblock_*/LayerNorm_0/bias";
inline constexpr std::string_view kNorm1Scale = "Transformer/encoderblock_*/LayerNorm_1/scale";
inline constexpr std::string_view kNorm1Bias = "Transformer/encoderblock_*/LayerNorm_1/bias";
inline constexpr std::string_view kQueryKernel = "Transformer/encoderblock_*/MultiHeadDotProductAttention_0/query/kernel";
inline constexpr std::string_view kQueryBias = "Transformer/encoderblock_*/MultiHeadDotProductAttention_0/query/bias";
inline constexpr std::string_view kKeyKernel = "Transformer/encoderblock_*/MultiHeadDotProductAttention_0/key/kernel";
inline constexpr std::string_view kKeyBias = "Transformer/encoderblock_*/MultiHeadDotProductAttention_0/key/bias";
inline constexpr std::string_view kValueKernel = "Transformer/encoderblock_*/MultiHeadDotProductAttention_0/value/kernel";
inline constexpr std::string_view kValueBias = "Transformer/encoderblock_*/MultiHeadDotProductAttention_0/value/bias";
inline constexpr std::string_view kOutKernel = "Transformer/encoderblock_*/MultiHeadDotProductAttention_0/out/kernel";
inline constexpr std::string_view kOutBias = "Transformer/encoderblock_*/MultiHeadDotProductAttention_0/out/bias";
inline constexpr std::string_view kGamma0 = "Transformer/encoderblock_*/LayerScale_0/gamma";
inline constexpr std::string_view kGamma1 = "Transformer/encoderblock_*/LayerScale_1/gamma";
inline constexpr std::string_view kDense0Kernel = "Transformer/encoderblock_*/MlpBlock_0/Dense_0/kernel";
inline constexpr std::string_view kDense0Bias = "Transformer/encoderblock_*/MlpBlock_0/Dense_0/bias";
inline constexpr std::string_view kDense1Kernel = "Transformer/encoderblock_*/MlpBlock_0/Dense_1/kernel";
inline constexpr std::string_view kDense1Bias = "Transformer/encoderblock_*/MlpBlock_0/Dense_1/bias";
inline constexpr std::string_view kLastNormScale = "Transformer/encoder_norm/scale";
inline constexpr std::string_view kLastNormBias = "Transformer/encoder_norm/bias";
inline constexpr std::string_view kFcNormScale = "fc_norm/scale";
inline constexpr std::string_view kFcNormBias = "fc_norm/bias";
inline constexpr std::string_view kPreLogitsKernel = "pre_logits/kernel";
inline constexpr std::string_view kPreLogitsBias = "pre_logits/bias";
inline constexpr std::string_view kHeadKernel = "output_projection/kernel";
inline constexpr std::string_view kHeadBias = "output_projection/bias";
inline constexpr std::string_view kHeadDistKernel = "head_dist/kernel";
inline constexpr std::string_view kHeadDistBias = "head_dist/bias";

}  // namespace adatape::weights::target
