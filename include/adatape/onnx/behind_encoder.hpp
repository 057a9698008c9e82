#pragma once
/// What stands behind the encoder of a model as ONNX operators: norm, pooling, pre_logits and heads (model/behind_encoder.hpp).
#include "adatape/onnx/layers.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::onnx {

/// The logits [batch, classes] of the tokens behind the encoder.
inline Value logits_of(Builder& build, TokenBatch x) {
  const Description& model = build.model;
  if (!model.fc_norm) x.tokens = build.layer_norm(x.tokens, "Transformer/encoder_norm");
  Value features = pool(build, x, model.classifier);
  if (model.fc_norm) features = build.layer_norm(features, "fc_norm");
  const Index D = model.hidden_size, F = model.representation_size;
  if (F > 0) features = build.graph.add("Tanh", {build.dense(features, "pre_logits", D, F)});
  const Value logits = build.dense(features, "output_projection", F > 0 ? F : D, model.num_classes);
  if (!model.distillation) return logits;
  const Value other = build.dense(token(build, x, 1), "head_dist", D, model.num_classes);
  return build.times(build.plus(logits, other), build.graph.scalar(0.5f));
}

}  // namespace adatape::onnx
