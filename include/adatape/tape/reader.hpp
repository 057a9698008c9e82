#pragma once
/// Adaptive tape reading (paper section 3, Algorithm 2): a query selects bank tokens step by step until the halting score reaches tau.
/// The equations are in docs/model.md, "Reading the tape".
#include <algorithm>
#include <cmath>

#include "adatape/core/context.hpp"
#include "adatape/core/multiply_add.hpp"
#include "adatape/core/tokens.hpp"
#include "adatape/nn/layer_norm.hpp"
#include "adatape/nn/pooling.hpp"
#include "adatape/ops/softmax.hpp"
#include "adatape/ops/sums.hpp"
#include "adatape/ops/top_k.hpp"
#include "adatape/tape/folded_bank.hpp"
#include "adatape/tape/normalised_bank.hpp"
#include "adatape/tape/options.hpp"
#include "adatape/tape/read_progress.hpp"
#include "adatape/tape/trace.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::tape {

/// Reads tape tokens for every sample of a batch. Options: a configuration with the members of ReaderDefaults, hidden_size (D) and split_tt.
/// Its only parameters are those of bank_norm, the LayerNorm that query and bank share.
/// Functions that take an Arena or a Context throw std::bad_alloc where there is no memory.
template <class Options>
struct Reader {
  static constexpr int D = Options::hidden_size;           ///< token width
  static constexpr int key_width = D / Options::split_tt;  ///< values of a query and of a key
  static constexpr int num_tape_tokens = Options::num_tape_tokens;
  using Norm = nn::LayerNorm<D>;  ///< bank_norm
  template <class T>
  using Params = typename Norm::template Params<T>;

  /// What forward leaves for backward. Views into the arena, and of the bank that was read. OfBank: NormalisedBank, or in inference also FoldedBank.
  template <class T, class OfBank = NormalisedBank<T>>
  struct Saved {
    OfBank bank;
    ReadTrace<T> trace;
    T* query_input = nullptr;                        ///< [samples, D] pooled tokens (with noise), before bank_norm
    T *query_mean = nullptr, *query_rstd = nullptr;  ///< [samples]
    T* queries = nullptr;                            ///< [samples, T, key_width] the query of every step
  };

  /// Multiply-accumulates of the steps (scores and merges) of one sample that read `tokens` tape tokens of `tokens_a_step` bank tokens each.
  static constexpr double macs(double tokens, double tokens_a_step, double bank_size) {
    if constexpr (Options::dynamic)
      return tokens * (bank_size * key_width + tokens_a_step * D);
    else
      return bank_size * key_width;
  }
  /// The same for a FoldedBank of patches of that many values: scores, merged rows, and the keys of merged tokens, from which the next queries are made.
  static constexpr double folded_macs(double tokens, double tokens_a_step, double bank_size, double patch) {
    const double score = patch * key_width + bank_size * (patch + key_width), row = tokens_a_step * (patch + D) + patch * D;
    const double next_query = tokens_a_step * (patch + key_width) + patch * key_width;
    return Options::dynamic ? tokens * (score + row) + std::max(0.0, tokens - 1) * next_query : score + tokens * row;
  }

  /// An empty record of reads from banks of that size, a view into `arena`. 0 < tau <= T.
  template <class T>
  static ReadTrace<T> start_trace(Index samples, Index bank_size, double tau, Arena& arena) {
    return ReadTrace<T>(samples, num_tape_tokens, Options::dynamic ? tokens_per_step<Options>(tau, bank_size) : 1, arena);
  }

  /// Moments and keys of the tokens of a bank, a view into `arena`. scale and bias [D] are those of bank_norm.
  template <class T>
  static NormalisedBank<T> normalise(Bank<const T> bank, Index samples, const T* scale, const T* bias, Arena& arena) {
    return NormalisedBank<T>(bank, samples, D, key_width, scale, bias, arena);
  }
  /// The same bank with scale and bias: its moments are there.
  template <class T>
  static FoldedBank<T> normalise(FoldedBank<T> bank, Index /*samples*/, const T* scale, const T* bias, Arena&) {
    ADATAPE_ASSERT(bank.bank.size == 0 || (bank.weights.width == D && bank.weights.key_width == key_width),
                   "Reader: wanted a bank that was folded for this width and these keys");
    bank.scale = scale;
    bank.bias = bias;
    return bank;
  }

  /// Returns the tape of every sample, packed, a view into the arena: select, then write_tape. What is said of select holds.
  template <class T>
  static Tokens<T, D> forward(const NormalisedBank<T>& bank, ConstTokens<T, D> x, Saved<T>& saved, const Context& context) {
    select(bank, x, saved, context);
    const auto tape = take_tokens<D, T>(tape_packing(saved, context.arena), context.arena);
    write_tape(saved, [&](Index b) { return tape.row(tape.packing.begin(b)); });
    return tape;
  }

  /// Selects bank tokens for every sample: fills saved. x is not changed and not used after the call. `bank` must stay alive until backward is done.
  /// Throws Error where settings are out of range (check_read_settings) and where a sample has no token.
  template <class T, class OfBank>
  static void select(const OfBank& bank, ConstTokens<T, D> x, Saved<T, OfBank>& saved, const Context& context) {
    check_reader_options<Options>();
    const ReadLimits limits = read_limits<Options>(context.settings);
    const Index samples = x.packing.samples();
    Arena& arena = context.arena;
    saved.bank = bank;
    saved.trace = start_trace<T>(samples, bank.bank.size, limits.tau, arena);
    saved.query_input = arena.take<T>(samples * D);
    saved.query_mean = arena.take<T>(samples);
    saved.query_rstd = arena.take<T>(samples);
    saved.queries = arena.take<T>(samples * num_tape_tokens * key_width);
    Arena::Scope scope(arena);

    nn::pool_tokens<Options::query_type>(x, saved.query_input);
    const Index candidates = bank.bank.candidate_begin(samples);
    ReadProgress<T> progress{arena.take<T>(candidates), arena.take_span<ReadingSample>(samples), arena.take<char>(candidates)};
    parallel_for(samples, [&](Index b) {
      T* query = saved.query_input + b * D;
      add_query_noise(query, b, context);
      ops::row_moments(query, D, saved.query_mean[b], saved.query_rstd[b]);
      ops::normalise_row(query, saved.query_mean[b], saved.query_rstd[b], bank.scale, bank.bias, saved.queries + b * num_tape_tokens * key_width, key_width);
      progress.samples[static_cast<std::size_t>(b)] = {b, mark_read(progress.marks_of(bank.bank, b), b, context), 0};
    });
    if (bank.bank.shared) return take_steps(saved, progress, limits, arena);
    // Each sample has a bank of its own, so it takes all of its steps while its bank is in cache.
    parallel_for(samples, [&](Index b) {
      take_steps(saved, ReadProgress<T>{progress.scores, progress.samples.subspan(static_cast<std::size_t>(b), 1), progress.marks}, limits, thread_arena());
    });
  }

  /// The packing of the tapes that were selected, in memory of the arena.
  template <class T, class OfBank>
  static Packing tape_packing(const Saved<T, OfBank>& saved, Arena& arena) {
    return {offsets_of(
                saved.trace.samples(), [&](Index b) { return saved.trace.length[static_cast<std::size_t>(b)]; }, arena),
            0};
  }

  /// Writes the tape [length, D] of every sample b to tape_of(b). The tapes overlap neither each other nor the bank.
  ///     token_n = sum_j w_j z_sel[j]          fixed variant: token_n = z_sel[0], of step n
  template <class T, class OfBank, class TapeOf>
  static void write_tape(const Saved<T, OfBank>& saved, const TapeOf& tape_of) {
    parallel_for(saved.trace.samples(), [&](Index b) { saved.bank.merge(saved.trace, b, tape_of(b)); });
  }

 private:
  /// query_j += query_noise times a standard normal draw, in training.
  template <class T>
  static void add_query_noise(T* query, Index sample, const Context& context) {
    if (!context.training || context.settings.query_noise <= 0) return;
    const Stream noise = context.stream(Purpose::query_noise, sample);
    for (int j = 0; j < D; ++j) query[j] += static_cast<T>(context.settings.query_noise * noise.normal(static_cast<std::uint64_t>(j)));
  }

  /// Clears the marks of a sample, then marks each bank token as read with probability bernoulli_p, in training. Returns the number of unread tokens.
  static Index mark_read(std::span<char> marks, Index sample, const Context& context) {
    std::ranges::fill(marks, char{0});
    const auto size = static_cast<Index>(marks.size());
    if (!context.training || context.settings.bernoulli_p <= 0) return size;
    const Stream mask = context.stream(Purpose::bernoulli_mask, sample);
    for (Index i = 0; i < size; ++i) marks[static_cast<std::size_t>(i)] = mask.uniform(static_cast<std::uint64_t>(i)) < context.settings.bernoulli_p;
    return size - std::ranges::count(marks, char{1});
  }

  /// Takes steps until every sample has halted. All samples that have not halted are scored together. A sample that halts leaves progress.samples.
  template <class T, class OfBank>
  static void take_steps(const Saved<T, OfBank>& saved, ReadProgress<T> progress, const ReadLimits& limits, Arena& arena) {
    // The first step is taken for every tau: a tau of 1e-6 or less reads one token, not none.
    const auto keep_reading = [&](const ReadingSample& sample, Index steps) {
      return (steps == 0 || limits.exact || sample.halting < limits.tau - 1e-6) && steps < limits.most && sample.unread > 0;
    };
    for (Index n = 0;; ++n) {
      const auto end = std::remove_if(progress.samples.begin(), progress.samples.end(), [&](const ReadingSample& sample) { return !keep_reading(sample, n); });
      progress.samples = progress.samples.first(static_cast<std::size_t>(end - progress.samples.begin()));
      if (progress.samples.empty()) return;
      score(saved, progress, n, arena);
      parallel_for(static_cast<Index>(progress.samples.size()), [&](Index i) {
        auto& sample = progress.samples[static_cast<std::size_t>(i)];
        const auto marks = progress.marks_of(saved.bank.bank, sample.number);
        const std::span<const T> scores = progress.scores_of(saved.bank.bank, i);
        if constexpr (Options::dynamic)
          step(saved, sample, n, scores, marks, limits);
        else
          step_fixed(saved, sample, scores, marks, limits);
      });
    }
  }

  /// s_i = q . key_i for the query q of step n and every bank token i, for every sample of progress.samples.
  template <class T, class OfBank>
  static void score(const Saved<T, OfBank>& saved, const ReadProgress<T>& progress, Index n, Arena& arena) {
    const auto count = std::ssize(progress.samples);
    const auto query_of = [&](Index i) { return saved.queries + (progress.samples[static_cast<std::size_t>(i)].number * num_tape_tokens + n) * key_width; };
    if constexpr (requires { saved.bank.keys_of(0); })
      if (saved.bank.bank.shared) {
        Arena::Scope scope(arena);
        T* queries = arena.take<T>(count * key_width);
        for (Index i = 0; i < count; ++i) std::copy_n(query_of(i), key_width, queries + i * key_width);
        return ops::gemm<T>(ops::row_major(queries, count, key_width), saved.bank.keys_of(0), ops::row_major(progress.scores, count, saved.bank.bank.size));
      }
    for (Index i = 0; i < count; ++i)
      saved.bank.score(progress.samples[static_cast<std::size_t>(i)].number, query_of(i), progress.scores_of(saved.bank.bank, i));
  }

  /// Step n of one sample: selects, adds w_0 to the halting score and the step's ponder to the trace, and makes the next query.
  template <class T, class OfBank>
  static void step(const Saved<T, OfBank>& saved, ReadingSample& sample, Index n, std::span<const T> scores, std::span<char> marks, const ReadLimits& limits) {
    const Index b = sample.number;
    const auto count = static_cast<std::size_t>(std::min(saved.trace.tokens_per_step, sample.unread));
    const auto selected = saved.trace.step_indices(b, n).first(count);
    const auto weights = saved.trace.step_weights(b, n).first(count);
    ops::top_k<T>(scores, marks, selected);
    for (std::size_t j = 0; j < count; ++j) weights[j] = scores[static_cast<std::size_t>(selected[j])];
    ops::softmax_row(weights.data(), static_cast<Index>(count), 1 / std::sqrt(static_cast<T>(key_width)));
    saved.trace.ponder[static_cast<std::size_t>(b)] += ponder<T>(weights);
    for (Index i : selected) marks[static_cast<std::size_t>(i)] = 1;
    sample.unread -= static_cast<Index>(count);
    sample.halting += static_cast<double>(weights[0]);
    saved.trace.length[static_cast<std::size_t>(b)] = n + 1;
    if (n + 1 < limits.most) next_query(saved, b, n);
  }

  /// Fixed variant: selects limits.most bank tokens of the largest scores, each of them for a tape token. Fewer if fewer are unread. Then the sample halts.
  template <class T, class OfBank>
  static void step_fixed(const Saved<T, OfBank>& saved, ReadingSample& sample, std::span<const T> scores, std::span<const char> marks,
                         const ReadLimits& limits) {
    const Index b = sample.number, count = std::min(limits.most, sample.unread);
    const auto best = saved.trace.indices.subspan(static_cast<std::size_t>(b * num_tape_tokens), static_cast<std::size_t>(count));
    ops::top_k<T>(scores, marks, best);
    for (Index n = 0; n < count; ++n) saved.trace.step_weights(b, n)[0] = 1;
    saved.trace.length[static_cast<std::size_t>(b)] = count;
    sample.unread = 0;
  }

  /// 1 - w_0 (max), or 1 - sum_j w_j^2 = sum_j w_j (1 - w_j) (entropy). 1 - w_0 is computed as the sum of the other weights, which keeps its digits where
  /// w_0 rounds to 1.
  template <class T>
  static T ponder(std::span<const T> weights) {
    T others = 0, products = 0;
    for (T w : weights.subspan(1)) {
      others += w;
      products = multiply_add(w, 1 - w, products);
    }
    return Options::loss_type == PonderLoss::max ? others : multiply_add(weights[0], others, products);
  }

  /// Writes the query of step n + 1 behind that of step n:  q = (q + first key_width values of token_n) / 2 (complex_query) or those values.
  template <class T, class OfBank>
  static void next_query(const Saved<T, OfBank>& saved, Index b, Index n) {
    T* const query = saved.queries + (b * num_tape_tokens + n) * key_width;
    T* const next = query + key_width;
    saved.bank.merge_key(saved.trace, b, n, next);
    if constexpr (Options::complex_query)
      for (int c = 0; c < key_width; ++c) next[c] = (query[c] + next[c]) / 2;
  }
};

}  // namespace adatape::tape
