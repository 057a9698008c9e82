#pragma once
/// Own tokens and input bank of a model as ONNX operators.
#include "adatape/core/sincos_positions.hpp"
#include "adatape/onnx/layers.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::onnx {

/// What a model makes of its input.
struct Stem {
  TokenBatch own;       ///< own tokens with their positions, prefix tokens included
  Value bank;           ///< [batch, K, D]; no name where the model has no input bank
  Index bank_size = 0;  ///< K of the input bank; 0 where the model has none
};

namespace detail {

/// A kernel [p, p, C, D] of patches as the kernel of Conv, [D, C, p, p].
inline Value patch_kernel(Builder& build, const std::string& name, Index patch) {
  const Index C = build.model.image[2], D = build.model.hidden_size;
  const auto kernel = build.values(name, {patch, patch, C, D});
  std::vector<float> turned(kernel.size());
  for (Index y = 0; y < patch; ++y)
    for (Index x = 0; x < patch; ++x)
      for (Index c = 0; c < C; ++c)
        for (Index d = 0; d < D; ++d)
          turned[static_cast<std::size_t>(((d * C + c) * patch + y) * patch + x)] = kernel[static_cast<std::size_t>(((y * patch + x) * C + c) * D + d)];
  return build.graph.tensor({name, {D, C, patch, patch}, std::move(turned)});
}

/// Patches of images [batch, C, height, width] as tokens, row by row. Conv without padding drops the pixels that fill no patch, as the library does.
inline Value patches(Builder& build, const Value& images, const std::string& name, Index patch) {
  const Value grid = build.graph.add("Conv", {images, patch_kernel(build, name + "/kernel", patch), build.weight(name + "/bias", {build.model.hidden_size})},
                                     {{"kernel_shape", std::vector<std::int64_t>{patch, patch}}, {"strides", std::vector<std::int64_t>{patch, patch}}});
  return build.transpose(build.reshape(grid, {0, build.model.hidden_size, -1}), {0, 2, 1});
}

/// sincos_positions of the patches, [1, patches, D].
inline Value fixed_positions(Builder& build) {
  const Description& model = build.model;
  require(model.input == InputKind::image, "ONNX: fixed positions: wanted a model of images");
  const Index pixels = model.image_reduction * model.patch_size, rows = model.image[0] / pixels, columns = model.image[1] / pixels, D = model.hidden_size;
  std::vector<float> values(static_cast<std::size_t>(rows * columns * D));
  adatape::sincos_positions(rows, columns, D, std::span(values));
  return build.graph.tensor({"sincos2d", {1, rows * columns, D}, std::move(values)});
}

/// Puts the prefix tokens of the model in front of the tokens.
inline void add_prefix(Builder& build, TokenBatch& x) {
  const Description& model = build.model;
  Builder::Values parts;
  const auto add = [&](const char* name, Index count) {
    if (count == 0) return;
    const Value size = build.concat({build.shape(x.tokens, 0, 1), build.graph.integers({count, model.hidden_size})}, 0);
    parts.push_back(build.graph.add("Expand", {build.weight(name, {1, count, model.hidden_size}), size}));
    x.prefix += count;
  };
  add("cls", model.class_token);
  add("dist", model.distillation);
  add("registers", model.registers);
  if (parts.empty()) return;
  parts.push_back(x.tokens);
  x.tokens = build.concat(parts, 1);
  x.own += x.prefix;
}

}  // namespace detail

/// The input "input" of the graph, and what stands in front of the encoder. Images are [batch, height, width, channels], normalised, as the library takes
/// them; sequences are [batch, seq_len, symbol_count], one-hot.
inline Stem build_stem(Builder& build) {
  const Description& model = build.model;
  const bool has_bank = !model.reads.empty() && model.bank == BankKind::input;
  const Index D = model.hidden_size;
  Stem stem;
  if (model.input == InputKind::image) {
    const Index height = model.image[0], width = model.image[1], n = model.image_reduction;
    const Value images = build.graph.input("input", Type::f32, {height, width, model.image[2]});
    const Value planes = build.transpose(images, {0, 3, 1, 2});
    Value reduced = planes;
    if (const std::vector<std::int64_t> square{n, n}; n > 1)
      reduced = build.graph.add("AveragePool", {planes}, {{"kernel_shape", square}, {"strides", square}});
    stem.own.tokens = detail::patches(build, reduced, "embedding", model.patch_size);
    stem.own.own = (height / n / model.patch_size) * (width / n / model.patch_size);
    if (has_bank) {
      const Value embedded = detail::patches(build, planes, "embedding_bank", model.patch_bank_size);
      stem.bank_size = (height / model.patch_bank_size) * (width / model.patch_bank_size);
      stem.bank = build.dense(build.plus(embedded, build.weight("posembed_input_bank/pos_embedding", {1, stem.bank_size, D})), "pre_bank", D, D);
    }
  } else {
    const Value sequence = build.graph.input("input", Type::f32, {model.seq_len, model.symbol_count});
    const bool whole = model.input == InputKind::whole_sequence;
    Value symbols = sequence;
    if (whole) symbols = build.reshape(sequence, {0, 1, -1});
    stem.own.tokens = build.dense(symbols, "embedding", model.symbol_count * (whole ? model.seq_len : 1), D);
    stem.own.own = whole ? 1 : model.seq_len;
    if (has_bank) {
      stem.bank = build.dense(sequence, "pre_bank", model.symbol_count, D);
      stem.bank_size = model.seq_len;
    }
  }
  if (model.sincos_positions) stem.own.tokens = build.plus(stem.own.tokens, detail::fixed_positions(build));
  detail::add_prefix(build, stem.own);
  if (model.input != InputKind::whole_sequence && !model.sincos_positions)
    stem.own.tokens = build.plus(
        stem.own.tokens, build.weight(model.repeats_block ? "Transformer/posembed_input/pos_embedding" : "posembed_input/pos_embedding", {1, stem.own.own, D}));
  return stem;
}

}  // namespace adatape::onnx
