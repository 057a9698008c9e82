#pragma once
/// The layers of a model as ONNX operators (opset 17). Tokens are [batch, tokens, D].
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <set>
#include <string>
#include <vector>

#include "adatape/io/safetensors_info.hpp"
#include "adatape/onnx/description.hpp"
#include "adatape/onnx/graph.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::onnx {

/// A model that is being written.
class Builder {
 public:
  using Values = std::vector<Value>;  ///< inputs of a node, in the order of its operator

  /// Both must outlive this object.
  Builder(const Description& description, const Weights& all) : model(description), weights(all) {}

  const Description& model;  ///< its configuration
  const Weights& weights;    ///< all its weights, of which the graph has those that were asked for
  Graph graph;               ///< what was written so far

  /// The values of a weight. Throws Error unless all are finite and it has this shape: another one would be broadcast, or would end a run of the file.
  std::vector<float> values(const std::string& name, const std::vector<Index>& shape) const {
    Weight found = weights(name);
    require(found.shape == shape && size_of(shape) == std::ssize(found.values), "ONNX: ", name, ": wanted shape ", io::shape_text(shape), ", found ",
            io::shape_text(found.shape), " and ", found.values.size(), " values");
    require(std::ranges::all_of(found.values, [](float value) { return std::isfinite(value); }), "ONNX: ", name, ": wanted finite values, found others");
    return std::move(found.values);
  }
  /// A weight of this shape under its own name, stored once however often it is asked for.
  Value weight(const std::string& name, const std::vector<Index>& shape) { return weight(name, shape, shape); }
  /// A weight of shape `from` in the shape `to`, which has as many values.
  Value weight(const std::string& name, const std::vector<Index>& from, const std::vector<Index>& to) {
    if (known_.insert(name).second) graph.tensor({name, to, values(name, from)});
    return {name};
  }

  /// An operator with the two inputs a and b.
  Value binary(const char* operation, const Value& a, const Value& b) { return graph.add(operation, {a, b}); }
  /// a + b by elements, with broadcasting.
  Value plus(const Value& a, const Value& b) { return binary("Add", a, b); }
  /// a b by elements, with broadcasting.
  Value times(const Value& a, const Value& b) { return binary("Mul", a, b); }
  /// The matrix product a b.
  Value product(const Value& a, const Value& b) { return binary("MatMul", a, b); }
  /// The parts one behind the other along the axis.
  Value concat(const Values& parts, std::int64_t axis) { return graph.add("Concat", parts, {{"axis", axis}}); }
  /// x in another shape. A size of 0 is that of x, and -1 is what remains.
  Value reshape(const Value& x, const std::vector<std::int64_t>& shape) { return graph.add("Reshape", {x, graph.integers(shape)}); }
  /// Axis i of the result is axis order[i] of x.
  Value transpose(const Value& x, const std::vector<std::int64_t>& order) { return graph.add("Transpose", {x}, {{"perm", order}}); }
  /// x with axes of size 1, which are `axes` of the result.
  Value unsqueeze(const Value& x, const std::vector<std::int64_t>& axes) { return graph.add("Unsqueeze", {x, graph.integers(axes)}); }
  /// x without the axis, whose size is 1.
  Value squeeze(const Value& x, std::int64_t axis) { return graph.add("Squeeze", {x, graph.integers({axis})}); }
  /// The values of x as another type.
  Value cast(const Value& x, Type type) { return graph.add("Cast", {x}, {{"to", static_cast<std::int64_t>(type)}}); }
  /// x[first, end) along the axis. `end` is a value [1].
  Value slice(const Value& x, std::int64_t axis, std::int64_t first, const Value& end) {
    return graph.add("Slice", {x, graph.integers({first}), end, graph.integers({axis})});
  }
  /// The same with a number. An end behind that of x is the end of x.
  Value slice(const Value& x, std::int64_t axis, std::int64_t first, std::int64_t end) { return slice(x, axis, first, graph.integers({end})); }
  /// Sizes [first, end) of the shape of x.
  Value shape(const Value& x, std::int64_t first, std::int64_t end) { return graph.add("Shape", {x}, {{"start", first}, {"end", end}}); }
  /// A tensor of this shape, a value [rank], whose values all are `value`.
  Value filled(const Value& shape, float value) { return graph.add("ConstantOfShape", {shape}, {{"value", Tensor{"value", {1}, std::vector<float>{value}}}}); }
  /// x kernel + bias with kernel [in, out] and bias [out].
  Value dense(const Value& x, const Value& kernel, const Value& bias) { return plus(product(x, kernel), bias); }
  /// The same with the weights name/kernel and name/bias.
  Value dense(const Value& x, const std::string& name, Index in, Index out) {
    return dense(x, weight(name + "/kernel", {in, out}), weight(name + "/bias", {out}));
  }

  /// LayerNorm over the last axis, with the weights name/scale and name/bias.
  Value layer_norm(const Value& x, const std::string& name, double epsilon) {
    return graph.add("LayerNormalization", {x, weight(name + "/scale", {model.hidden_size}), weight(name + "/bias", {model.hidden_size})},
                     {{"axis", std::int64_t{-1}}, {"epsilon", static_cast<float>(epsilon)}});
  }
  /// A LayerNorm of a block, or encoder_norm.
  Value layer_norm(const Value& x, const std::string& name) { return layer_norm(x, name, model.layer_norm_epsilon); }
  /// The result of a branch of a block, multiplied by the gamma `name` where the model has LayerScale.
  Value scaled(const Value& x, const std::string& name) { return model.layer_scale ? times(x, weight(name + "/gamma", {model.hidden_size})) : x; }
  /// Both forms of docs/model.md. (Gelu is an operator from opset 20 on.)
  Value gelu(const Value& x) {
    const Value half = times(x, graph.scalar(0.5f));
    if (!model.gelu_tanh) return times(half, plus(graph.scalar(1), graph.add("Erf", {times(x, graph.scalar(std::numbers::sqrt2_v<float> / 2))})));
    const Value cube = times(times(x, x), x), inside = plus(x, times(cube, graph.scalar(0.044715f)));
    return times(half, plus(graph.scalar(1), graph.add("Tanh", {times(inside, graph.scalar(std::sqrt(2 * std::numbers::inv_pi_v<float>)))})));
  }
  /// dense, GELU, dense: the MLP of a block.
  Value mlp(const Value& x, const std::string& name) {
    const Index D = model.hidden_size, inside = model.mlp_dim;
    return dense(gelu(dense(x, name + "/Dense_0", D, inside)), name + "/Dense_1", inside, D);
  }
  /// dense, GLU, dense: the FFN of tape tokens, of width `inside`.
  Value gated_mlp(const Value& x, const std::string& name, Index inside) {
    const Index D = model.hidden_size;
    const auto halves = graph.add_many("Split", {dense(x, name + "/Dense_0", D, 2 * inside)}, 2, {{"axis", std::int64_t{-1}}});
    return dense(times(halves[0], graph.add("Sigmoid", {halves[1]})), name + "/Dense_1", inside, D);
  }

  /// Multi-head self-attention. `mask` [batch, 1, 1, tokens] is added to the scores, unless its name is empty.
  Value attention(const Value& x, const Value& mask, const std::string& name) {
    const Index D = model.hidden_size, heads = model.num_heads, c = D / heads;
    const auto part = [&](const char* which, const std::vector<std::int64_t>& order) {
      const auto of = name + '/' + which;
      Value projected = product(x, weight(of + "/kernel", {D, heads, c}, {D, D}));
      if (model.qkv_bias) projected = plus(projected, weight(of + "/bias", {heads, c}, {D}));
      return transpose(reshape(projected, {0, 0, heads, c}), order);
    };
    const Value q = part("query", {0, 2, 1, 3}), k = part("key", {0, 2, 3, 1}), v = part("value", {0, 2, 1, 3});
    Value scores = times(product(q, k), graph.scalar(1 / std::sqrt(static_cast<float>(c))));
    if (!mask.name.empty()) scores = plus(scores, mask);
    const Value mixed = product(graph.add("Softmax", {scores}, {{"axis", std::int64_t{-1}}}), v);
    return dense(reshape(transpose(mixed, {0, 2, 1, 3}), {0, 0, D}), weight(name + "/out/kernel", {heads, c, D}, {D, D}), weight(name + "/out/bias", {D}));
  }

 private:
  std::set<std::string> known_;  ///< names of weights that the graph has
};

/// The tokens of a batch whose samples have different numbers of them: tokens behind the end of a sample are not alive.
struct TokenBatch {
  Value tokens;       ///< [batch, tokens, D]
  Index own = 0;      ///< own tokens, in front; tape tokens follow
  Index prefix = 0;   ///< prefix tokens, the first of the own ones
  Value alive{};      ///< [batch, tokens] 1 or 0; no name: all are alive
  Value mask{};       ///< [batch, 1, 1, tokens] 0 or -inf, for scores of attention; no name: 0
  bool tape = false;  ///< whether there are tape tokens
};

/// Token number i of every sample: [batch, D].
inline Value token(Builder& build, const TokenBatch& x, Index i) { return build.squeeze(build.slice(x.tokens, 1, i, i + 1), 1); }

/// The first token, or the mean of the tokens that are alive, with or without prefix tokens: [batch, D].
inline Value pool(Builder& build, const TokenBatch& x, PoolKind kind) {
  if (kind == PoolKind::token) return token(build, x, 0);
  const auto pooled = [&](const Value& all) {
    if (kind == PoolKind::gap || x.prefix == 0) return all;
    return build.slice(all, 1, x.prefix, std::numeric_limits<std::int64_t>::max());
  };
  const Value tokens = pooled(x.tokens);
  if (x.alive.name.empty()) return build.graph.add("ReduceMean", {tokens}, {{"axes", std::vector<std::int64_t>{1}}, {"keepdims", std::int64_t{0}}});
  const Value alive = pooled(x.alive), sum = build.squeeze(build.product(build.unsqueeze(alive, {1}), tokens), 1);
  const Value count = build.graph.add("ReduceSum", {alive, build.graph.integers({1})}, {{"keepdims", std::int64_t{1}}});
  return build.binary("Div", sum, count);
}

/// An encoder block. With a separate FFN for tape tokens, own and tape tokens part in front of it.
inline void apply_block(Builder& build, TokenBatch& x, const std::string& name) {
  const Value attended = build.attention(build.layer_norm(x.tokens, name + "/LayerNorm_0"), x.mask, name + "/MultiHeadDotProductAttention_0");
  x.tokens = build.plus(x.tokens, build.scaled(attended, name + "/LayerScale_0"));
  const Value normed = build.layer_norm(x.tokens, name + "/LayerNorm_1");
  if (!x.tape || build.model.enc_tt_mlp_dim == 0) {
    x.tokens = build.plus(x.tokens, build.scaled(build.mlp(normed, name + "/MlpBlock_0"), name + "/LayerScale_1"));
    return;
  }
  const Value own = build.mlp(build.slice(normed, 1, 0, x.own), name + "/MlpBlock_0");
  const Value tape = build.gated_mlp(build.slice(normed, 1, x.own, std::numeric_limits<std::int64_t>::max()), name + "/tape_mlp", build.model.enc_tt_mlp_dim);
  x.tokens = build.plus(x.tokens, build.scaled(build.concat({own, tape}, 1), name + "/LayerScale_1"));
}

}  // namespace adatape::onnx
