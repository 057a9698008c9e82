#pragma once
/// The gradient of a read (docs/gradients.md). It flows through merge weights, merged tokens, the recursion of the query, and ponder. No gradient flows
/// through the selection of tokens, the number of steps or the halting score.
#include <algorithm>
#include <cmath>

#include "adatape/ops/row_dots.hpp"
#include "adatape/tape/reader.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::tape {

/// Backward pass of Reader<Options>.
template <class Options>
struct ReaderBackward {
  using Forward = Reader<Options>;
  static constexpr int D = Forward::D, key_width = Forward::key_width, T_max = Forward::T_max;
  template <class T>
  using Params = typename Forward::template Params<T>;
  template <class T>
  using Saved = typename Forward::template Saved<T>;

  /// dtape [samples, T, D] and dponder [samples] are the gradients of tape and ponder. Rows of dtape behind a sample's length have no effect. dtape is
  /// overwritten as scratch. Added to: dx (shape of the tokens x that the read saw), dbank (shape of the bank that was read) and dp (bank_norm).
  /// saved is that of forward, and the bank that was read is unchanged. No two of dtape, dx, dbank and dp overlap.
  /// Throws Error where a sample has no token (adaptive variant), and std::bad_alloc where there is no memory.
  template <class T>
  static void run(const Params<T>& p, const Saved<T>& saved, T* dtape, const T* dponder, Tokens<T, D> dx, T* dbank, Params<T>& dp, const Context& context) {
    Arena::Scope scope(context.arena);
    const Index samples = saved.trace.samples(), slots = read_slots(saved);
    T* dz = context.arena.take<T>(samples * slots * D);
    if constexpr (Options::dynamic) {
      T* dquery = context.arena.take<T>(samples * D);
      parallel_for(samples, [&](Index b) { sample_backward(saved, b, dtape + b * T_max * D, dponder[b], dz + b * slots * D, dquery + b * D); });
      ops::layer_norm_backward(saved.query_input, saved.query_mean, saved.query_rstd, p.scale.data(), dquery, samples, D, dquery, dp.scale.data(),
                               dp.bias.data());
      nn::add_pool_gradient<Options::query_type>(dquery, dx);
    } else {
      for (Index b = 0; b < samples; ++b) std::copy_n(dtape + b * T_max * D, slots * D, dz + b * slots * D);
    }
    add_bank_gradient(p, saved, dz, dbank, dp, context.arena);
  }

 private:
  /// The number of slots of a sample in dz: the most bank tokens that it can have read. Bank token j of step n has slot n * step_size + j. This is below the
  /// number of slots, because only the last step can have fewer than step_size tokens.
  template <class T>
  static Index read_slots(const Saved<T>& saved) {
    return std::min(T_max * saved.trace.step_size, saved.bank.bank.size);
  }

  /// One sample, from its last step to its first. q is the query of the step, P its ponder, dq' the gradient of the next step's query, and
  /// g = dL/dtoken + dq' / 2 in the first key_width values (without complex_query: + dq').
  ///     dw_j = g . z_j + dponder dP/dw_j,   ds_j = w_j (dw_j - sum_i w_i dw_i) / sqrt(key_width)
  ///     dz_j = w_j g + (ds_j q, 0),         dq = sum_j ds_j key_j + dq' / 2 (without complex_query: + 0)
  /// dtape [T, D], dz [slots, D], dquery [D]: written are the gradient of the first query in its first key_width values, and 0 in the others.
  template <class T>
  static void sample_backward(const Saved<T>& saved, Index b, T* dtape, T dponder, T* dz, T* dquery) {
    const auto& bank = saved.bank;
    const Index steps = saved.trace.length[static_cast<std::size_t>(b)], step_size = saved.trace.step_size;
    Arena::Scope scope(thread_arena());
    T* z = thread_arena().take<T>(step_size * D);  // the tokens of the step
    T *dweights = thread_arena().take<T>(step_size), *ponder_derivatives = thread_arena().take<T>(step_size);
    std::fill_n(dquery, D, T(0));  // at the start of a turn the gradient of the query of step n + 1, at its end that of step n
    for (Index n = steps - 1; n >= 0; --n) {
      const auto indices = saved.trace.step_indices(b, n);
      const auto weights = saved.trace.step_weights(b, n);
      const auto count = std::ranges::find(indices, Index{-1}) - indices.begin();
      const T* query = saved.queries + (b * T_max + n) * key_width;
      T* dtoken = dtape + n * D;
      for (int c = 0; c < key_width; ++c) {
        dtoken[c] += Options::complex_query ? dquery[c] / 2 : dquery[c];
        dquery[c] = Options::complex_query ? dquery[c] / 2 : T(0);
      }
      for (Index j = 0; j < count; ++j) {
        bank.normalised(bank.bank.row(b, indices[static_cast<std::size_t>(j)]), z + j * D);
        ponder_derivatives[j] = ponder_derivative(weights[static_cast<std::size_t>(j)], j);
      }
      ops::row_dots(z, count, D, dtoken, dweights);
      ops::add_scaled(dponder, ponder_derivatives, count, dweights);
      ops::softmax_row_backward(weights.data(), dweights, count, 1 / std::sqrt(static_cast<T>(key_width)));
      for (Index j = 0; j < count; ++j) {
        T* dz_j = dz + (n * step_size + j) * D;
        for (int c = 0; c < D; ++c) dz_j[c] = weights[static_cast<std::size_t>(j)] * dtoken[c];
        ops::add_scaled(dweights[j], query, key_width, dz_j);
        ops::add_scaled(dweights[j], z + j * D, key_width, dquery);
      }
    }
  }

  /// entropy: d(1 - sum w^2)/dw_j = -2 w_j;  max: d(1 - w_0)/dw_0 = -1
  template <class T>
  static T ponder_derivative(T weight, Index j) {
    if constexpr (Options::loss_type == PonderLoss::entropy)
      return -2 * weight;
    else
      return j == 0 ? T(-1) : T(0);
  }

  /// A bank token that was read: its row in the bank and its slot in dz.
  struct Read {
    Index row, slot;
  };

  /// Adds the gradient of the bank and of bank_norm, given dz [samples, slots, D], which is overwritten. Several samples may have read one row of a learned
  /// bank. Their gradients are added in the order of the samples, so that threads do not change bits.
  template <class T>
  static void add_bank_gradient(const Params<T>& p, const Saved<T>& saved, T* dz, T* dbank, Params<T>& dp, Arena& arena) {
    const auto& bank = saved.bank;
    const Index slots = read_slots(saved), samples = saved.trace.samples();
    const auto all = arena.take_span<Read>(samples * slots);
    std::size_t count = 0;
    for (Index b = 0; b < samples; ++b)
      for (Index slot = 0; slot < slots; ++slot) {
        const Index token = saved.trace.indices[static_cast<std::size_t>(b * T_max * saved.trace.step_size + slot)];
        if (token >= 0) all[count++] = {bank.bank.row(b, token), b * slots + slot};
      }
    const auto reads = all.first(count);
    parallel_chunks(D, 64, [&](Index begin, Index end) {
      for (const Read& read : reads)
        ops::layer_norm_parameter_gradients(bank.raw(read.row), bank.mean + read.row, bank.rstd + read.row, dz + read.slot * D, 1, D, begin, end,
                                            dp.scale.data(), dp.bias.data());
    });
    parallel_chunks(static_cast<Index>(count), 16, [&](Index begin, Index end) {
      for (const Read& read : reads.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin))) {
        T* dz_row = dz + read.slot * D;
        ops::layer_norm_row_backward(bank.raw(read.row), bank.mean[read.row], bank.rstd[read.row], p.scale.data(), dz_row, dz_row, D);
      }
    });
    parallel_chunks(D, 64, [&](Index begin, Index end) {
      for (const Read& read : reads) ops::reference::add(dz + read.slot * D + begin, end - begin, dbank + read.row * D + begin);
    });
  }
};

}  // namespace adatape::tape
