#pragma once
/// Multi-head attention over packed sequences: every sample attends to its own rows and no other.
///     o_i = sum_j p_ij v_j,   p_i = softmax_j(q_i . k_j / sqrt(head_width))   for each sample and head
/// q, k and v are column blocks of packed rows. o is packed [rows, heads * head_width]. Work is split over (sample, head) pairs. One thread computes a pair,
/// with the scores of the pair in cache.
#include <algorithm>
#include <cmath>

#include "adatape/core/arena.hpp"
#include "adatape/core/error.hpp"
#include "adatape/core/parallel.hpp"
#include "adatape/core/stored.hpp"
#include "adatape/core/tokens.hpp"
#include "adatape/ops/gemm.hpp"
#include "adatape/ops/short_attention.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::ops {

/// Sizes of an attention. Views the memory of the packing.
struct AttentionShape {
  Packing packing;   ///< of the rows of q, k, v and o
  Index heads;       ///< each has its own columns of q, k, v and o, one head behind the other
  Index head_width;  ///< values of a head in a row
  Index stride;      ///< elements from one row of q, k, v, or of their gradients, to the next

  Index width() const { return heads * head_width; }         ///< values of all heads in a row
  Index pairs() const { return packing.samples() * heads; }  ///< (sample, head) pairs
};

/// Throws Error unless heads >= 1, head_width >= 1 and stride >= heads * head_width.
inline void check(const AttentionShape& shape) {
  require(shape.heads >= 1 && shape.head_width >= 1, "attention: wanted at least one head of width at least 1, found ", shape.heads, " heads of width ",
          shape.head_width);
  require(shape.stride >= shape.width(), "attention: wanted a stride of at least ", shape.width(), " (heads times their width), found ", shape.stride);
}

namespace detail {

/// Matrix [length, head_width] of one (sample, head) pair inside packed rows of the given stride.
template <class T>
Matrix<T> head_matrix(T* data, const AttentionShape& shape, Index stride, Index sample, Index head) {
  return {data + shape.packing.begin(sample) * stride + head * shape.head_width, shape.packing.length(sample), shape.head_width, stride, 1};
}

/// Number of query rows whose scores are computed at once. Queries and scores stay in cache, however long the sequence is.
inline constexpr Index kQueryBlock = 112;

/// take_scores: room for scores [rows, keys.cols]. pack_transposed: the packed transpose of x [length, head_width], whose products are such scores. Both are in
/// the arena. Columns are padded with zeros to whole batches, because the kernel stores only whole batches directly. Nothing reads the padding.
template <class T, class Factor>
Matrix<T> take_scores(Index rows, const PackedMatrix<T, Factor>& keys, Arena& arena) {
  return row_major(arena.take<T>(rows * keys.cols), rows, keys.cols);
}
template <class T, class Factor = T>
PackedMatrix<T, Factor> pack_transposed(Matrix<const T> x, Arena& arena) {
  auto packed = pack<T>(x.transposed(), arena.take<Factor>(packed_size<T, Factor>(x.cols, x.rows)));
  if constexpr (is_vectorised<T>) packed.cols = divide_up(x.rows, simd::lanes<T>) * simd::lanes<T>;
  return packed;
}

}  // namespace detail

/// Writes o. Unless `statistics` is null, also writes the softmax statistics [rows, heads], from which the backward pass computes the weights again. A pair
/// needs memory for the scores of kQueryBlock rows. o overlaps none of q, k and v. Throws Error as check does, std::bad_alloc if there is no memory.
/// Factor: the type to which q, k, v and the weights are rounded for the two products, in sequences of more than kShortLength rows (GemmOptions says what a
/// product rounds); T: nothing is rounded. Scores, softmax and sums are T.
template <class T, class Factor = T>
void attention(const T* q, const T* k, const T* v, const AttentionShape& shape, T* o, SoftmaxStatistics<T>* statistics, StoredAs<Factor> = {}) {
  check(shape);
  const T scale = 1 / std::sqrt(static_cast<T>(shape.head_width));
  parallel_for(shape.pairs(), [&](Index pair) {
    const Index sample = pair / shape.heads, head = pair % shape.heads, length = shape.packing.length(sample);
    const auto of = [&](const T* data) { return detail::head_matrix(data, shape, shape.stride, sample, head); };
    const auto mixed = detail::head_matrix(o, shape, shape.width(), sample, head);
    SoftmaxStatistics<T>* const of_pair = statistics ? statistics + shape.packing.begin(sample) * shape.heads + head : nullptr;
    if constexpr (is_vectorised<T>)
      if (length <= kShortLength) return ShortAttention{scale, length}.forward(of(q), of(k), of(v), mixed, of_pair, shape.heads);
    Arena& arena = thread_arena();
    Arena::Scope scope(arena);
    const auto keys = detail::pack_transposed<T, Factor>(of(k), arena);
    const auto values = pack<T>(of(v), arena.take<Factor>(packed_size<T, Factor>(length, shape.head_width)));
    const auto scores = detail::take_scores(std::min(detail::kQueryBlock, length), keys, arena);
    for (Index first = 0; first < length; first += detail::kQueryBlock) {
      const Index count = std::min(detail::kQueryBlock, length - first);
      gemm_serial<T>(of(q).middle_rows(first, count), keys, scores.middle_rows(0, count));
      for (Index i = 0; i < count; ++i) {
        const auto row = softmax_row(&scores(i, 0), length, scale);
        if (of_pair) of_pair[(first + i) * shape.heads] = row;
      }
      gemm_serial<T>(scores.block(0, 0, count, length), values, mixed.middle_rows(first, count));
    }
  });
}

/// dv_j = sum_i p_ij do_i;  dp_ij = do_i . v_j;  ds_ij = p_ij (dp_ij - sum_l p_il dp_il) / sqrt(head_width);  dq_i = sum_j ds_ij k_j;
/// dk_j = sum_i ds_ij q_i. Writes dq, dk and dv, whose rows are shape.stride apart. statistics is what attention wrote. d_o is packed as o is.
/// No output overlaps an input or another output. A pair needs memory for two matrices [length, length].
/// Throws Error as check does, std::bad_alloc if there is no memory.
template <class T>
void attention_backward(const T* q, const T* k, const T* v, const SoftmaxStatistics<T>* statistics, const T* d_o, const AttentionShape& shape, T* dq, T* dk,
                        T* dv) {
  check(shape);
  require(statistics != nullptr || shape.packing.rows() == 0, "attention_backward: wanted the statistics that forward kept, found none");
  const T scale = 1 / std::sqrt(static_cast<T>(shape.head_width));
  parallel_for(shape.pairs(), [&](Index pair) {
    const Index sample = pair / shape.heads, head = pair % shape.heads, length = shape.packing.length(sample);
    const auto of = [&](auto* data) { return detail::head_matrix(data, shape, shape.stride, sample, head); };
    const auto upstream = detail::head_matrix(d_o, shape, shape.width(), sample, head);
    const SoftmaxStatistics<T>* const of_pair = statistics + shape.packing.begin(sample) * shape.heads + head;
    if constexpr (is_vectorised<T>)
      if (length <= kShortLength) return ShortAttention{scale, length}.backward(of(q), of(k), of(v), of_pair, shape.heads, upstream, of(dq), of(dk), of(dv));
    Arena& arena = thread_arena();
    Arena::Scope scope(arena);
    const auto keys = detail::pack_transposed<T>(of(k), arena), values = detail::pack_transposed<T>(of(v), arena);
    const auto scores = detail::take_scores(length, keys, arena), dscores = detail::take_scores(length, values, arena);
    const auto weights = scores.middle_cols(0, length), gradient = dscores.middle_cols(0, length);
    gemm_serial<T>(of(q), keys, scores);
    gemm_serial<T>(upstream, values, dscores);
    for (Index i = 0; i < length; ++i) softmax_row_again(&weights(i, 0), length, scale, of_pair[i * shape.heads]);
    gemm_serial<T>(weights.transposed(), upstream, of(dv));
    for (Index i = 0; i < length; ++i) softmax_row_backward_in_place(&weights(i, 0), &gradient(i, 0), length, scale);
    gemm_serial<T>(gradient, of(k), of(dq));
    gemm_serial<T>(gradient.transposed(), of(q), of(dk));
  });
}

namespace scalar {

/// The equation for one (sample, head) pair. q, k, v and o are [length, width], with rows `stride` elements apart.
template <class T>
void attention(const T* q, const T* k, const T* v, Index length, Index width, Index stride, T* o) {
  for (Index i = 0; i < length; ++i) {
    T max = 0, sum = 0;
    const auto score = [&](Index j) {
      T dot = 0;
      for (Index c = 0; c < width; ++c) dot += q[i * stride + c] * k[j * stride + c];
      return dot / std::sqrt(static_cast<T>(width));
    };
    for (Index j = 0; j < length; ++j) max = j == 0 ? score(j) : std::max(max, score(j));
    for (Index j = 0; j < length; ++j) sum += std::exp(score(j) - max);
    for (Index c = 0; c < width; ++c) o[i * stride + c] = 0;
    for (Index j = 0; j < length; ++j) {
      const T weight = std::exp(score(j) - max) / sum;
      for (Index c = 0; c < width; ++c) o[i * stride + c] += weight * v[j * stride + c];
    }
  }
}

}  // namespace scalar

}  // namespace adatape::ops
