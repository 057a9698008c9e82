#pragma once
/// The candidate tokens of a read, as the reader sees them: normalised on demand, with the first values of each as its key.
#include "adatape/core/arena.hpp"
#include "adatape/core/parallel.hpp"
#include "adatape/ops/layer_norm.hpp"

namespace adatape::tape {

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
  T* keys = nullptr;                          ///< [bank rows, key_width]

  NormalisedBank() = default;
  NormalisedBank(Bank<const T> candidates, Index samples, Index token_width, Index keys_width, const T* norm_scale, const T* norm_bias, Arena& arena)
      : bank(candidates), width(token_width), key_width(keys_width), scale(norm_scale), bias(norm_bias) {
    const Index rows = bank.rows(samples);
    mean = arena.take<T>(rows);
    rstd = arena.take<T>(rows);
    keys = arena.take<T>(rows * key_width);
    parallel_chunks(rows, 64, [&](Index begin, Index end) {
      for (Index i = begin; i < end; ++i) {
        ops::row_moments(bank.tokens + i * width, width, mean[i], rstd[i]);
        normalised_values(i, keys + i * key_width, key_width);
      }
    });
  }

  const T* raw(Index row) const { return bank.tokens + row * width; }
  const T* sample_keys(Index sample) const { return keys + bank.row(sample, 0) * key_width; }
  /// The whole z of one row.
  void normalised(Index row, T* z) const { normalised_values(row, z, width); }

 private:
  void normalised_values(Index row, T* z, Index count) const { ops::normalise_row(raw(row), mean[row], rstd[row], scale, bias, z, count); }
};

}  // namespace adatape::tape
