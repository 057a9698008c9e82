#pragma once
/// Adaptive computation time as ONNX operators, all its steps one behind the other.
#include "adatape/onnx/stem.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::onnx {

/// Applies the block until every halting unit has halted, at most act_max_steps times (docs/model.md). Units that have halted go on with weight 0. Returns the
/// steps that each sample took, [batch] int64.
inline Value adaptive_computation(Builder& build, TokenBatch& x) {
  const Description& model = build.model;
  Graph& graph = build.graph;
  const Value one = graph.scalar(1), zero = graph.scalar(0);
  Value h, updates, out;  // h, updates: [batch, units, 1]
  for (Index step = 0; step < model.act_max_steps; ++step) {
    Value p = graph.add("Sigmoid", {build.dense(x.tokens, "Transformer/act/step_halting_prob", model.hidden_size, 1)});
    if (!model.act_per_token) p = graph.add("ReduceMean", {p}, {{"axes", std::vector<std::int64_t>{1}}});
    if (step == 0) h = updates = build.filled(build.shape(p, 0, 3), 0);
    const Value run = build.binary("Less", h, one), sum = build.plus(h, p);
    const Value over = build.binary("Greater", sum, graph.scalar(static_cast<float>(1 - model.act_epsilon)));
    const Value halts = build.binary("And", run, over), goes_on = build.binary("And", run, graph.add("Not", {over}));
    const Value weight = graph.add("Where", {goes_on, p, graph.add("Where", {halts, build.binary("Sub", one, h), zero})});
    h = graph.add("Where", {halts, one, graph.add("Where", {goes_on, sum, h})});
    updates = build.plus(updates, build.cast(run, Type::f32));
    apply_block(build, x, model.share_parameters ? "Transformer/encoderblock" : "Transformer/encoderblock_" + std::to_string(step));
    const Value weighted = build.times(x.tokens, weight);
    if (step == 0)
      out = weighted;
    else
      out = build.plus(weighted, model.act_accumulated ? out : build.times(out, build.binary("Sub", one, weight)));
  }
  x.tokens = out;
  const Value most = graph.add("ReduceMax", {updates}, {{"axes", std::vector<std::int64_t>{1, 2}}, {"keepdims", std::int64_t{0}}});
  return build.cast(most, Type::i64);
}

}  // namespace adatape::onnx
