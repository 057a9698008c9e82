#pragma once
/// An input bank in inference. Its tokens are never made: what a read needs of them follows from the patches of the image.
///
/// Embedding, positions and `pre_bank` are linear. Folded into one matrix and one row a position, and freed of the mean of a row, they give for patch x_i
///     token_i - mean_i = x_i A + c_i       A [P, D], c_i [D], P values of a patch
/// LayerNorm of the bank and the scores follow without the token:
///     rstd_i  = 1 / sqrt((|x_i L + d_i|^2 + rest_i) / D + 1e-6)      A = L Q with orthogonal rows Q,  d_i = c_i Q',  rest_i = |c_i - d_i Q|^2
///     q . key_i = rstd_i (x_i . w + c_i . q scale) + q . bias        w = A q scale, of the first key_width columns; the last term is the same for all i
/// The merged tokens are the only rows of D values that are computed:
///     token_n = ((sum_j w_j rstd_j x_j) A + sum_j w_j rstd_j c_j) scale + bias
/// The variance is a sum of squares, so it cancels no more than the values of the token do (docs/numerics.md).
#include <algorithm>
#include <cmath>

#include "adatape/core/arena.hpp"
#include "adatape/core/parallel.hpp"
#include "adatape/ops/layer_norm.hpp"
#include "adatape/ops/row_dots.hpp"
#include "adatape/ops/sums.hpp"
#include "adatape/ops/trapezoid.hpp"
#include "adatape/tape/bank.hpp"
#include "adatape/tape/trace.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::tape {

/// The folded weights of an input bank. Views into the arena given to fold_bank (tape/fold_bank.hpp).
template <class T>
struct FoldedWeights {
  Index patch = 0;                 ///< P, values of a patch
  Index width = 0;                 ///< D, values of a bank token
  Index key_width = 0;             ///< values of a key
  Index size = 0;                  ///< K, bank tokens of an image
  ops::PackedMatrix<T> matrix;     ///< A
  const T* key_matrix = nullptr;   ///< [P, key_width] first columns of A
  const T* rows = nullptr;         ///< [size, D] c_i
  ops::PackedMatrix<T> key_rows;   ///< [key_width, size] first values of every c_i, transposed
  ops::PackedTrapezoid<T> factor;  ///< L [P, min(P, D)]
  const T* factor_rows = nullptr;  ///< [size, min(P, D)] d_i
  const T* rest = nullptr;         ///< [size] rest_i
};

/// The patches of the images of a batch, with 1 / standard deviation of the tokens that they stand for. It has the members of NormalisedBank that a read uses.
/// A view: patches, weights, scale and bias are the caller's, and rstd is in the arena. All must outlive this object.
template <class T>
struct FoldedBank {
  FoldedWeights<T> weights;                   ///< of the input bank for which these patches stand
  Bank<const T> bank;                         ///< [samples, size, P] patches in place of tokens
  T* rstd = nullptr;                          ///< [samples, size]
  const T *scale = nullptr, *bias = nullptr;  ///< of bank_norm, [D]; set before a read

  FoldedBank() = default;
  /// Computes rstd. patches [samples, size, P]. Throws std::bad_alloc where there is no memory.
  FoldedBank(const FoldedWeights<T>& folded, const T* patches, Index samples, Arena& arena)
      : weights(folded), bank{patches, folded.size, false}, rstd(arena.take<T>(samples * folded.size)) {
    parallel_chunks(samples * folded.size, kRowsAtOnce, [&](Index begin, Index end) { set_moments(begin, end); });
  }

  /// Multiply-accumulates of the constructor for one sample.
  static constexpr double macs(Index patch, Index width, double size) { return size * ops::trapezoid_macs(patch, std::min(patch, width)); }

  /// Writes the scores q . key_i of the bank of one sample for a query [key_width], less q . bias.
  void score(Index sample, const T* query, std::span<T> scores) const {
    const Index size = std::ssize(scores), first = bank.row(sample, 0);
    Arena::Scope scope(thread_arena());
    T *scaled = thread_arena().take<T>(weights.key_width), *of_patch = thread_arena().take<T>(weights.patch);
    for (Index c = 0; c < weights.key_width; ++c) scaled[c] = query[c] * scale[c];
    ops::row_dots(weights.key_matrix, weights.patch, weights.key_width, scaled, of_patch);
    ops::row_dots(bank.tokens + first * weights.patch, size, weights.patch, of_patch, scores.data());
    ops::gemm_serial<T>(ops::row_major(scaled, 1, weights.key_width), weights.key_rows, ops::row_major(scores.data(), 1, size), {.accumulate = true});
    for (Index i = 0; i < size; ++i) scores[static_cast<std::size_t>(i)] *= rstd[first + i];
  }
  /// Writes the tape [length, D] of a sample.
  void merge(const ReadTrace<T>& trace, Index sample, T* tape) const {
    const Index length = trace.length[static_cast<std::size_t>(sample)];
    Arena::Scope scope(thread_arena());
    T* patches = thread_arena().take<T>(length * weights.patch);
    for (Index n = 0; n < length; ++n) merge_step(trace, sample, n, patches + n * weights.patch, weights.width, tape + n * weights.width);
    ops::gemm_serial<T>(ops::row_major(patches, length, weights.patch), weights.matrix, ops::row_major(tape, length, weights.width), {.accumulate = true});
    for (Index n = 0; n < length; ++n) finish(tape + n * weights.width, weights.width);
  }
  /// The first key_width values of token n.
  void merge_key(const ReadTrace<T>& trace, Index sample, Index n, T* key) const {
    Arena::Scope scope(thread_arena());
    T* patch = thread_arena().take<T>(weights.patch);
    merge_step(trace, sample, n, patch, weights.key_width, key);
    ops::gemm_serial<T>(ops::row_major(patch, 1, weights.patch), ops::row_major(weights.key_matrix, weights.patch, weights.key_width),
                        ops::row_major(key, 1, weights.key_width), {.accumulate = true});
    finish(key, weights.key_width);
  }

 private:
  /// Tokens whose moments are computed together: patches and factor stay in the second-level cache.
  static constexpr Index kRowsAtOnce = 56;

  /// rstd of rows [begin, end) of the batch.
  void set_moments(Index begin, Index end) const {
    const Index columns = weights.factor.cols;
    Arena::Scope scope(thread_arena());
    T* products = thread_arena().take<T>((end - begin) * columns);
    ops::trapezoid_product<T>(ops::row_major(bank.tokens + begin * weights.patch, end - begin, weights.patch), weights.factor,
                              ops::row_major(products, end - begin, columns));
    for (Index i = begin; i < end;) {  // rows of one image
      const Index position = i % weights.size, rows = std::min(end - i, weights.size - position);
      ops::row_squares(products + (i - begin) * columns, weights.factor_rows + position * columns, rows, columns, rstd + i);
      for (Index r = 0; r < rows; ++r, ++i) {
        const T squares = rstd[i] + weights.rest[position + r];
        rstd[i] = std::isfinite(squares) ? 1 / std::sqrt(squares / static_cast<T>(weights.width) + static_cast<T>(ops::kLayerNormEpsilon)) : rstd_of_large(i);
      }
    }
  }
  /// rstd of a row whose squares overflow, or are not numbers, from the values of its token.
  [[gnu::cold, gnu::noinline]] T rstd_of_large(Index row) const {
    Arena::Scope scope(thread_arena());
    T* token = thread_arena().take<T>(weights.width);
    std::copy_n(weights.rows + row % weights.size * weights.width, weights.width, token);
    ops::gemm_serial<T>(ops::row_major(bank.tokens + row * weights.patch, 1, weights.patch), weights.matrix, ops::row_major(token, 1, weights.width),
                        {.accumulate = true});
    T mean, result;
    ops::row_moments(token, weights.width, mean, result);
    return result;
  }

  /// Of the bank tokens that step n of a sample read:  patch [P] = sum_j w_j rstd_j x_j,  values [count] = sum_j w_j rstd_j c_j.
  void merge_step(const ReadTrace<T>& trace, Index sample, Index n, T* patch, Index count, T* values) const {
    std::fill_n(patch, weights.patch, T(0));
    std::fill_n(values, count, T(0));
    trace.for_each_token(sample, n, [&](Index i, T weight) {
      const Index row = bank.row(sample, i);
      ops::add_scaled(weight * rstd[row], bank.tokens + row * weights.patch, weights.patch, patch);
      ops::add_scaled(weight * rstd[row], weights.rows + i * weights.width, count, values);
    });
  }
  /// values [count] = values scale + bias
  void finish(T* values, Index count) const { ops::normalise_row(values, T(0), T(1), scale, bias, values, count); }
};

}  // namespace adatape::tape
