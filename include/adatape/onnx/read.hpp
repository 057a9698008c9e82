#pragma once
/// A read of tape as ONNX operators, all its steps one behind the other.
#include <algorithm>
#include <cmath>

#include "adatape/core/tokens_per_step.hpp"
#include "adatape/onnx/stem.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::onnx {

/// When reads end. These are numbers of the file. The members are those of Settings; tau is in force, not 0.
struct ReadSettings {
  double tau = 0;               ///< halting threshold, 0 < tau <= T
  Index max_tape_tokens = 0;    ///< a read ends after so many tape tokens, 1 to T; 0: after T
  Index exact_tape_tokens = 0;  ///< a read takes so many tape tokens, 1 to T, as far as the bank goes; 0: it halts by itself
};

/// What a read adds to the outputs of the graph. k is the number of bank tokens of a step.
struct ReadOutputs {
  Value length;   ///< [batch] int64
  Value indices;  ///< [batch, steps, k] int64; -1 where nothing was read
  Value weights;  ///< [batch, steps, k]; 0 there
};

namespace detail {

/// The bank of a read, and its query.
struct Read {
  Value z, keys;       ///< [K, D] and [d, K] of a learned bank, else [batch, K, D] and [batch, d, K]
  bool shared = true;  ///< whether all samples have one bank
  Index bank_size = 0;
  Value query;  ///< [batch, d]
};

inline Read begin_read(Builder& build, const Stem& stem, const TokenBatch& x, const std::string& name) {
  const Description& model = build.model;
  const auto norm = name + "/TapeBank_0/bank_norm", learned = name + "/TapeBank_0/tape_tokens";
  Read read;
  read.shared = model.bank == BankKind::learn;
  read.bank_size = read.shared ? model.tape_bank_size : stem.bank_size;
  constexpr double epsilon = 1e-6;  // whatever that of the blocks is
  read.z = build.layer_norm(read.shared ? build.weight(learned, {read.bank_size, model.hidden_size}) : stem.bank, norm, epsilon);
  const Value keys = build.slice(read.z, -1, 0, model.key_size());
  read.keys = build.transpose(keys, read.shared ? std::vector<std::int64_t>{1, 0} : std::vector<std::int64_t>{0, 2, 1});
  read.query = build.slice(build.layer_norm(pool(build, x, model.query), norm, epsilon), -1, 0, model.key_size());
  return read;
}
/// [batch, K]
inline Value scores_of(Builder& build, const Read& read) {
  if (read.shared) return build.product(read.query, read.keys);
  return build.squeeze(build.product(build.unsqueeze(read.query, {1}), read.keys), 1);
}
/// Bank tokens [batch, count, D] at indices [batch, count].
inline Value rows_of(Builder& build, const Read& read, const Value& indices) {
  if (read.shared) return build.graph.add("Gather", {read.z, indices}, {{"axis", std::int64_t{0}}});
  return build.graph.add("GatherND", {read.z, build.unsqueeze(indices, {2})}, {{"batch_dims", std::int64_t{1}}});
}
/// The `count` largest of each row, largest first; of equal ones the lower index first. Values and indices.
inline std::vector<Value> top(Builder& build, const Value& scores, Index count) {
  return build.graph.add_many("TopK", {scores, build.graph.integers({count})}, 2, {{"axis", std::int64_t{-1}}});
}

/// The steps of a read, in front of compaction. A sample that has halted goes on with what nobody reads.
struct Steps {
  Builder::Values tokens, alive, indices, weights;  ///< [batch, 1, D], [batch, 1], [batch, 1, k] twice
};

inline Steps adaptive_steps(Builder& build, Read& read, Index most, const ReadSettings& settings) {
  Graph& graph = build.graph;
  const Index d = build.model.key_size(), K = read.bank_size;
  const Index k = tokens_per_step(build.model.num_tape_tokens, settings.tau, K);
  const Value batch = build.shape(read.query, 0, 1), one = build.filled(build.concat({batch, graph.integers({1})}, 0), 1);
  Value penalty = build.filled(build.concat({batch, graph.integers({K})}, 0), 0);  // -inf where a bank token was read
  Value h;                                                                         // [batch, 1] in double
  Steps steps;
  for (Index left = K; left > 0 && std::ssize(steps.tokens) < most;) {
    const Index count = std::min(k, left);
    left -= count;
    const auto best = top(build, build.plus(scores_of(build, read), penalty), count);
    const Value scaled = build.times(best[0], graph.scalar(1 / std::sqrt(static_cast<float>(d))));
    const Value w = graph.add("Softmax", {scaled}, {{"axis", std::int64_t{-1}}});
    const Value token = build.product(build.unsqueeze(w, {1}), rows_of(build, read, best[1]));
    const Value gain = build.cast(build.slice(w, 1, 0, 1), Type::f64);
    if (steps.tokens.empty() || settings.exact_tape_tokens > 0) {
      steps.alive.push_back(one);
      h = gain;
    } else {  // a sample that has halted stays so, because its h does not grow
      const Value running = build.binary("Less", h, graph.scalar_double(settings.tau - 1e-6));
      steps.alive.push_back(build.cast(running, Type::f32));
      h = build.plus(h, graph.add("Where", {running, gain, graph.scalar_double(0)}));
    }
    steps.tokens.push_back(token);
    const auto to_k = [&](const Value& x, const Value& fill) { return build.unsqueeze(count == k ? x : build.concat({x, fill}, 1), {1}); };
    const Value missing = build.concat({batch, graph.integers({k - count})}, 0);
    steps.indices.push_back(to_k(best[1], count == k ? Value{} : build.cast(build.filled(missing, -1), Type::i64)));
    steps.weights.push_back(to_k(w, count == k ? Value{} : build.filled(missing, 0)));
    if (left == 0 || std::ssize(steps.tokens) == most) break;
    const Value forbidden = build.filled(build.shape(best[1], 0, 2), -std::numeric_limits<float>::infinity());
    penalty = graph.add("ScatterElements", {penalty, best[1], forbidden}, {{"axis", std::int64_t{1}}});
    const Value next = build.squeeze(build.slice(token, -1, 0, d), 1);
    read.query = build.model.complex_query ? build.times(build.plus(read.query, next), graph.scalar(0.5f)) : next;
  }
  return steps;
}

/// Appends `tape` [batch, steps, D] to x. `alive` [batch, steps] says which tokens count; no name: all do.
inline void append(Builder& build, TokenBatch& x, const Value& tape, Value alive) {
  if (!x.alive.name.empty() || !alive.name.empty()) {
    if (x.alive.name.empty()) x.alive = build.filled(build.shape(x.tokens, 0, 2), 1);
    if (alive.name.empty()) alive = build.filled(build.shape(tape, 0, 2), 1);
    x.alive = build.concat({x.alive, alive}, 1);
    const Value lives = build.binary("Greater", x.alive, build.graph.scalar(0.5f));
    const Value added = build.graph.add("Where", {lives, build.graph.scalar(0), build.graph.scalar(-std::numeric_limits<float>::infinity())});
    x.mask = build.unsqueeze(added, {1, 2});
  }
  x.tokens = build.concat({x.tokens, tape}, 1);
  x.tape = true;
}

}  // namespace detail

/// Read number r, in front of a block: its tape is appended to x. Behind the steps the tape is cut to that of the sample of the batch that reads most, so a
/// batch of one sample computes no token that does not count.
inline ReadOutputs append_read(Builder& build, const Stem& stem, TokenBatch& x, Index r, const ReadSettings& settings) {
  const Description& model = build.model;
  Graph& graph = build.graph;
  const auto name = "Transformer/AddTapeToken_" + std::to_string(r);
  auto read = detail::begin_read(build, stem, x, name);
  const Index limit = settings.exact_tape_tokens > 0 ? settings.exact_tape_tokens : settings.max_tape_tokens;
  const Index most = limit > 0 ? limit : model.num_tape_tokens;
  Value tape, alive;
  ReadOutputs outputs;
  if (model.dynamic) {
    const auto steps = detail::adaptive_steps(build, read, most, settings);
    const Value live = build.concat(steps.alive, 1), shown = build.unsqueeze(build.binary("Greater", live, graph.scalar(0.5f)), {2});
    tape = build.concat(steps.tokens, 1);
    outputs.indices = graph.add("Where", {shown, build.concat(steps.indices, 1), graph.integers({-1})});
    outputs.weights = graph.add("Where", {shown, build.concat(steps.weights, 1), graph.scalar(0)});
    outputs.length = build.cast(graph.add("ReduceSum", {live, graph.integers({1})}, {{"keepdims", std::int64_t{0}}}), Type::i64);
    if (settings.exact_tape_tokens == 0) {
      const Value longest = graph.add("ReduceMax", {outputs.length}, {{"axes", std::vector<std::int64_t>{0}}, {"keepdims", std::int64_t{1}}});
      tape = build.slice(tape, 1, 0, longest);
      alive = build.slice(live, 1, 0, longest);
    }
  } else {
    const Index count = std::min(most, read.bank_size);
    const auto best = detail::top(build, detail::scores_of(build, read), count);
    tape = detail::rows_of(build, read, best[1]);
    outputs.indices = build.unsqueeze(best[1], {2});
    outputs.weights = build.filled(build.shape(outputs.indices, 0, 3), 1);
    outputs.length = graph.add("Expand", {graph.integers({count}), build.shape(tape, 0, 1)});
  }
  if (model.tt_mlp_dim > 0) tape = build.gated_mlp(tape, name + "/MlpBlock_0", model.tt_mlp_dim);
  detail::append(build, x, tape, alive);
  return outputs;
}

}  // namespace adatape::onnx
