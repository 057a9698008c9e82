#pragma once
/// The candidate tokens of a read, as the reader sees them: normalised on demand, with the first values of each as its key.
#include "adatape/core/arena.hpp"
#include "adatape/core/parallel.hpp"
#include "adatape/ops/gemm.hpp"
#include "adatape/ops/layer_norm.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::tape {

/// Candidate tokens before normalisation: [size, D] shared by all samples (learned bank), or [samples, size, D] (input bank). A view.
template <class T>
struct Bank {
  T* tokens = nullptr;
  Index size = 0;
  bool shared = true;

  Index rows(Index samples) const { return shared ? size : samples * size; }
  /// Row number of a sample's bank token.
  Index row(Index sample, Index token) const { return (shared ? 0 : sample * size) + token; }
};

/// Moments and keys of all bank tokens: what every step of every sample needs. z_i = LN_bank_norm(bank_i); key_i = first key_width values of z_i.
template <class T>
struct NormalisedBank {
  Bank<const T> bank;
  Index width = 0, key_width = 0;
  const T *scale = nullptr, *bias = nullptr;  ///< of bank_norm, [width]
  T *mean = nullptr, *rstd = nullptr;         ///< [bank rows]
  T* keys = nullptr;                          ///< [key_width, size] a bank, laid out for ops::gemm: the transposed keys of the shared bank, or of each sample's

  NormalisedBank() = default;
  NormalisedBank(Bank<const T> candidates, Index samples, Index token_width, Index keys_width, const T* norm_scale, const T* norm_bias, Arena& arena)
      : bank(candidates), width(token_width), key_width(keys_width), scale(norm_scale), bias(norm_bias) {
    const Index banks = bank.shared ? 1 : samples, rows = banks * bank.size;
    mean = arena.take<T>(rows);
    rstd = arena.take<T>(rows);
    keys = arena.take<T>(banks * packed_keys());
    Arena::Scope scope(arena);
    T* by_token = arena.take<T>(rows * key_width);
    parallel_chunks(rows, 64, [&](Index begin, Index end) {
      for (Index i = begin; i < end; ++i) {
        ops::row_moments(raw(i), width, mean[i], rstd[i]);
        ops::normalise_row(raw(i), mean[i], rstd[i], scale, bias, by_token + i * key_width, key_width);
      }
    });
    parallel_for(banks, [&](Index b) {
      ops::pack<T>(ops::row_major(by_token + b * bank.size * key_width, bank.size, key_width).transposed(), keys + b * packed_keys());
    });
  }

  const T* raw(Index row) const { return bank.tokens + row * width; }
  /// The whole z of one row.
  void normalised(Index row, T* z) const { ops::normalise_row(raw(row), mean[row], rstd[row], scale, bias, z, width); }
  /// The transposed keys that a sample's query meets.
  ops::PackedMatrix<T> keys_of(Index sample) const { return {keys + (bank.shared ? 0 : sample * packed_keys()), key_width, bank.size}; }

 private:
  Index packed_keys() const { return ops::packed_size<T>(key_width, bank.size); }
};

}  // namespace adatape::tape
