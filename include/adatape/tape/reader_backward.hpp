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
  using Forward = Reader<Options>;                      ///< the read whose gradient this is
  static constexpr int D = Forward::D;                  ///< token width
  static constexpr int key_width = Forward::key_width;  ///< values of a query and of a key
  static constexpr int num_tape_tokens = Forward::num_tape_tokens;
  template <class T>
  using Params = typename Forward::template Params<T>;
  template <class T>
  using Saved = typename Forward::template Saved<T>;

  /// Adds to dx (shape of the tokens x that the read saw), dbank (shape of the bank that was read) and dp (bank_norm). dtape_of(b) is the gradient [length, D]
  /// of the tape of sample b, dponder [samples] that of ponder. saved is that of select, and the bank that was read is unchanged. No two of dtape, dx, dbank
  /// and dp overlap.
  /// Throws Error where a sample has no token (adaptive variant), and std::bad_alloc where there is no memory.
  template <class T, class TapeOf>
  static void add_gradients(const Params<T>& p, const Saved<T>& saved, const TapeOf& dtape_of, const T* dponder, Tokens<T, D> dx, T* dbank, Params<T>& dp,
                            const Context& context) {
    Arena::Scope scope(context.arena);
    const Index samples = saved.trace.samples();
    const auto selected = selected_tokens(saved, context.arena);
    T* dz = context.arena.take<T>(std::ssize(selected.rows) * D);
    if constexpr (Options::dynamic) {
      T* dquery = context.arena.take<T>(samples * D);
      parallel_for(samples, [&](Index b) {
        sample_backward<T>(saved, b, dtape_of(b), dponder[b], dz + selected.begin[static_cast<std::size_t>(b)] * D, dquery + b * D);
      });
      ops::layer_norm_backward(saved.query_input, saved.query_mean, saved.query_rstd, p.scale.data(), dquery, samples, D, dquery, dp.scale.data(),
                               dp.bias.data());
      nn::add_pool_gradient<Options::query_type>(dquery, dx);
    } else {
      for (Index b = 0; b < samples; ++b)
        std::copy_n(dtape_of(b), saved.trace.length[static_cast<std::size_t>(b)] * D, dz + selected.begin[static_cast<std::size_t>(b)] * D);
    }
    add_bank_gradient(p, saved, selected.rows, dz, dbank, dp);
  }

 private:
  /// The bank tokens that were read, sample after sample, step after step. A view into an arena.
  struct Selected {
    std::span<Index> begin;  ///< [samples] where those of a sample begin
    std::span<Index> rows;   ///< their rows in the bank
  };
  /// Bank token j of step n of sample b has number begin[b] + n * tokens_per_step + j, because only the last step of a sample can have fewer than
  /// tokens_per_step tokens.
  template <class T>
  static Selected selected_tokens(const Saved<T>& saved, Arena& arena) {
    const auto& trace = saved.trace;
    const Index samples = trace.samples(), slots = num_tape_tokens * trace.tokens_per_step;
    Selected selected{arena.take_span<Index>(samples), arena.take_span<Index>(std::ranges::count_if(trace.indices, [](Index i) { return i >= 0; }))};
    std::size_t count = 0;
    for (Index b = 0; b < samples; ++b) {
      selected.begin[static_cast<std::size_t>(b)] = static_cast<Index>(count);
      for (const Index token : trace.indices.subspan(static_cast<std::size_t>(b * slots), static_cast<std::size_t>(slots)))
        if (token >= 0) selected.rows[count++] = saved.bank.bank.row(b, token);
    }
    return selected;
  }

  /// One sample, from its last step to its first. q is the query of the step, P its ponder, dq' the gradient of the next step's query, and
  /// g = dL/dtoken + dq' / 2 in the first key_width values (without complex_query: + dq').
  ///     dw_j = g . z_j + dponder dP/dw_j,   ds_j = w_j (dw_j - sum_i w_i dw_i) / sqrt(key_width)
  ///     dz_j = w_j g + (ds_j q, 0),         dq = sum_j ds_j key_j + dq' / 2 (without complex_query: + 0)
  /// dtape [length, D]. Written are dz, of the bank tokens that the sample read, and dquery [D]: the gradient of the first query in its first key_width values,
  /// and 0 in the others.
  template <class T>
  static void sample_backward(const Saved<T>& saved, Index b, const T* dtape, T dponder, T* dz, T* dquery) {
    const auto& bank = saved.bank;
    const Index steps = saved.trace.length[static_cast<std::size_t>(b)], tokens_per_step = saved.trace.tokens_per_step;
    Arena::Scope scope(thread_arena());
    T* z = thread_arena().take<T>(tokens_per_step * D);  // the tokens of the step
    T *dweights = thread_arena().take<T>(tokens_per_step), *ponder_derivatives = thread_arena().take<T>(tokens_per_step);
    T* const dtoken = thread_arena().take<T>(D);
    std::fill_n(dquery, D, T(0));  // at the start of a turn the gradient of the query of step n + 1, at its end that of step n
    for (Index n = steps - 1; n >= 0; --n) {
      const auto indices = saved.trace.step_indices(b, n);
      const auto weights = saved.trace.step_weights(b, n);
      const auto count = std::ranges::find(indices, Index{-1}) - indices.begin();
      const T* query = saved.queries + (b * num_tape_tokens + n) * key_width;
      std::copy_n(dtape + n * D, D, dtoken);
      for (int c = 0; c < key_width; ++c) {
        dtoken[c] += Options::complex_query ? dquery[c] / 2 : dquery[c];
        dquery[c] = Options::complex_query ? dquery[c] / 2 : T(0);
      }
      for (Index j = 0; j < count; ++j) {
        bank.normalised(bank.bank.row(b, indices[static_cast<std::size_t>(j)]), z + j * D, D);
        ponder_derivatives[j] = ponder_derivative(weights[static_cast<std::size_t>(j)], j);
      }
      ops::row_dots(z, count, D, dtoken, dweights);
      ops::add_scaled(dponder, ponder_derivatives, count, dweights);
      ops::softmax_row_backward_in_place(weights.data(), dweights, count, 1 / std::sqrt(static_cast<T>(key_width)));
      for (Index j = 0; j < count; ++j) {
        T* dz_j = dz + (n * tokens_per_step + j) * D;
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

  /// Adds the gradient of the bank and of bank_norm, given dz [rows.size(), D] of the bank tokens in `rows`. dz is overwritten. Several samples may have read
  /// one row of a learned bank. Their gradients are added in the order of the samples, so that threads do not change bits.
  template <class T>
  static void add_bank_gradient(const Params<T>& p, const Saved<T>& saved, std::span<const Index> rows, T* dz, T* dbank, Params<T>& dp) {
    const auto& bank = saved.bank;
    const Index count = std::ssize(rows);
    parallel_chunks(D, 64, [&](Index begin, Index end) {
      for (Index i = 0; i < count; ++i) {
        const Index row = rows[static_cast<std::size_t>(i)];
        ops::add_layer_norm_parameter_gradients(bank.raw(row), bank.mean + row, bank.rstd + row, dz + i * D, 1, D, begin, end, dp.scale.data(), dp.bias.data());
      }
    });
    parallel_chunks(count, 16, [&](Index begin, Index end) {
      for (Index i = begin; i < end; ++i) {
        const Index row = rows[static_cast<std::size_t>(i)];
        ops::layer_norm_row_backward(bank.raw(row), bank.mean[row], bank.rstd[row], p.scale.data(), dz + i * D, dz + i * D, D);
      }
    });
    parallel_chunks(D, 64, [&](Index begin, Index end) {
      for (Index i = 0; i < count; ++i) ops::scalar::add(dz + i * D + begin, end - begin, dbank + rows[static_cast<std::size_t>(i)] * D + begin);
    });
  }
};

}  // namespace adatape::tape
