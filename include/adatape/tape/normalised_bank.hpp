#pragma once
/// A bank whose tokens are there. The keys of all tokens are computed once; a whole token is normalised when it is read.
#include <algorithm>

#include "adatape/core/arena.hpp"
#include "adatape/core/parallel.hpp"
#include "adatape/ops/gemm.hpp"
#include "adatape/ops/layer_norm.hpp"
#include "adatape/ops/sums.hpp"
#include "adatape/tape/bank.hpp"
#include "adatape/tape/trace.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::tape {

/// Moments and keys of all bank tokens, which every step of every sample needs.
///     z_i = (bank_i - mean_i) rstd_i scale + bias (bank_norm);  key_i = first key_width values of z_i
/// A view: the tokens, scale and bias are the caller's, and moments and keys are in the arena. All must outlive this object.
template <class T>
struct NormalisedBank {
  Bank<const T> bank;                         ///< the tokens before normalisation
  Index width = 0;                            ///< values of a bank token
  Index key_width = 0;                        ///< values of a key, at most `width`
  const T *scale = nullptr, *bias = nullptr;  ///< of bank_norm, [width]
  T *mean = nullptr, *rstd = nullptr;         ///< [bank rows]
  T* keys = nullptr;                          ///< transposed keys [key_width, size], laid out for ops::gemm: one of the shared bank, or one of every sample
  std::span<Index> key_offsets{};             ///< [samples] where the keys of a given bank begin

  NormalisedBank() = default;
  /// Computes moments and keys. norm_scale and norm_bias [token_width]; keys_width <= token_width. Throws std::bad_alloc where there is no memory.
  NormalisedBank(Bank<const T> candidates, Index samples, Index token_width, Index keys_width, const T* norm_scale, const T* norm_bias, Arena& arena)
      : bank(candidates), width(token_width), key_width(keys_width), scale(norm_scale), bias(norm_bias) {
    const Index banks = bank.shared ? 1 : samples, rows = bank.rows(samples);
    // `arena` may be that of packed weights (Arena::keep). A bank that is packed is shared, so place_keys is not called there.
    const auto computed_below = [](T*) {};
    mean = arena.keep<T>(rows, computed_below);
    rstd = arena.keep<T>(rows, computed_below);
    keys = arena.keep<T>(bank.offsets.empty() ? banks * packed_keys(bank.size) : place_keys(samples, arena), computed_below);
    if (arena.is_filled()) return;
    Arena::Scope scope(arena);
    T* by_token = arena.take<T>(rows * key_width);
    parallel_chunks(rows, 64, [&](Index begin, Index end) {
      for (Index i = begin; i < end; ++i) {
        ops::row_moments(raw(i), width, mean[i], rstd[i]);
        ops::normalise_row(raw(i), mean[i], rstd[i], scale, bias, by_token + i * key_width, key_width);
      }
    });
    parallel_for(banks, [&](Index b) {
      ops::pack<T>(ops::row_major(by_token + bank.row(b, 0) * key_width, bank.size_of(b), key_width).transposed(), keys + key_begin(b));
    });
  }

  /// Bank token `row` [width] before normalisation.
  const T* raw(Index row) const { return bank.tokens + row * width; }
  /// Writes the first `count` values of z of bank token `row`. z does not overlap the bank.
  void normalised(Index row, T* z, Index count) const { ops::normalise_row(raw(row), mean[row], rstd[row], scale, bias, z, count); }
  /// The transposed keys [key_width, size] with which the query of a sample is multiplied.
  ops::PackedMatrix<T> keys_of(Index sample) const { return {keys + key_begin(sample), key_width, bank.size_of(sample)}; }

  /// Writes the scores q . key_i of the bank of one sample for a query [key_width].
  void score(Index sample, const T* query, std::span<T> scores) const {
    ops::gemm_serial<T>(ops::row_major(query, 1, key_width), keys_of(sample), ops::row_major(scores.data(), 1, std::ssize(scores)));
  }
  /// Writes the tape [length, width] of a sample:  token_n = sum_j w_j z_sel[j].
  void merge(const ReadTrace<T>& trace, Index sample, T* tape) const {
    for (Index n = 0; n < trace.length[static_cast<std::size_t>(sample)]; ++n) merge_step(trace, sample, n, width, tape + n * width);
  }
  /// The first key_width values of token n.
  void merge_key(const ReadTrace<T>& trace, Index sample, Index n, T* key) const { merge_step(trace, sample, n, key_width, key); }

 private:
  void merge_step(const ReadTrace<T>& trace, Index sample, Index n, Index count, T* token) const {
    Arena::Scope scope(thread_arena());
    T* z = thread_arena().take<T>(count);
    std::fill_n(token, count, T(0));
    trace.for_each_token(sample, n, [&](Index i, T weight) {
      normalised(bank.row(sample, i), z, count);
      ops::add_scaled(weight, z, count, token);
    });
  }
  Index packed_keys(Index size) const { return ops::packed_size<T>(key_width, size); }
  Index key_begin(Index sample) const {
    return bank.shared ? 0 : bank.offsets.empty() ? sample * packed_keys(bank.size) : key_offsets[static_cast<std::size_t>(sample)];
  }
  /// Sets key_offsets and returns the size of all keys.
  Index place_keys(Index samples, Arena& arena) {
    key_offsets = arena.take_span<Index>(samples);
    Index end = 0;
    for (Index b = 0; b < samples; ++b) {
      key_offsets[static_cast<std::size_t>(b)] = end;
      end += packed_keys(bank.size_of(b));
    }
    return end;
  }
};

}  // namespace adatape::tape
