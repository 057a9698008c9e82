#pragma once
/// The candidate tokens of a read. The keys of all tokens are computed once; a whole token is normalised when it is read.
#include "adatape/core/arena.hpp"
#include "adatape/core/parallel.hpp"
#include "adatape/ops/gemm.hpp"
#include "adatape/ops/layer_norm.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::tape {

/// Candidate tokens before normalisation: [size, D] shared by all samples (learned bank), [samples, size, D] (input bank), or a number a sample (given bank).
/// A view: who made the tokens and offsets keeps them alive.
template <class T>
struct Bank {
  T* tokens = nullptr;
  Index size = 0;                    ///< tokens of a sample's bank; of a given bank, of the largest one
  bool shared = true;                ///< whether all samples read from one bank
  std::span<const Index> offsets{};  ///< samples + 1 offsets of a given bank, starting at 0: sample b has tokens [offsets[b], offsets[b + 1])

  /// Rows of the banks of a batch of that many samples.
  Index rows(Index samples) const { return shared ? size : offsets.empty() ? samples * size : offsets.back(); }
  /// The row of bank token number `token` of sample number `sample`.
  Index row(Index sample, Index token) const {
    return (shared ? 0 : offsets.empty() ? sample * size : offsets[static_cast<std::size_t>(sample)]) + token;
  }
  /// Where the candidates of a sample begin in an array that has one value for every candidate of every sample, candidate_begin(samples) in all.
  Index candidate_begin(Index sample) const { return shared ? sample * size : row(sample, 0); }
  /// The tokens of the bank of a sample.
  Index size_of(Index sample) const { return offsets.empty() ? size : row(sample + 1, 0) - row(sample, 0); }
  /// The same bank, whose tokens cannot be changed.
  operator Bank<const T>() const  // NOLINT(google-explicit-constructor)
    requires(!std::is_const_v<T>)
  {
    return {tokens, size, shared, offsets};
  }
};

/// Moments and keys of all bank tokens, which every step of every sample needs.
///     z_i = (bank_i - mean_i) rstd_i scale + bias (bank_norm);  key_i = first key_width values of z_i
/// A view: the tokens, scale and bias are the caller's, and moments and keys are in the arena. All must outlive this object.
template <class T>
struct NormalisedBank {
  Bank<const T> bank;
  Index width = 0, key_width = 0;
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

 private:
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
