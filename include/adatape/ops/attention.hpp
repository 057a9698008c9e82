#pragma once
/// Multi-head attention over packed sequences: every sample attends to its own rows and no other.
///     o_i = sum_j p_ij v_j,   p_i = softmax_j(q_i . k_j / sqrt(head_width))   for each sample and head
/// q, k, v are column blocks of packed rows, o is packed [rows, heads * head_width]. Work is split over (sample, head), each pair on one core with its scores in cache.
#include <algorithm>
#include <cmath>

#include "adatape/core/arena.hpp"
#include "adatape/core/parallel.hpp"
#include "adatape/core/tokens.hpp"
#include "adatape/ops/gemm.hpp"
#include "adatape/ops/softmax.hpp"

namespace adatape::ops {

/// Sizes of an attention: the packing of its rows, its heads, and the distance between rows of q, k, v (and of their gradients).
struct AttentionShape {
  Packing packing;
  Index heads;
  Index head_width;
  Index stride;

  Index width() const { return heads * head_width; }
  Index pairs() const { return packing.samples() * heads; }
};

namespace detail {

/// Matrix [length, head_width] of one (sample, head) pair inside packed rows of the given stride.
template <class T>
Matrix<T> head_matrix(T* data, const AttentionShape& shape, Index stride, Index sample, Index head) {
  return {data + shape.packing.begin(sample) * stride + head * shape.head_width, shape.packing.length(sample), shape.head_width, stride, 1};
}

/// Query rows whose scores are worked on at once: they and their scores stay in cache however long the sequence is.
inline constexpr Index kQueryBlock = 112;

}  // namespace detail

/// Writes o; the scores of kQueryBlock rows at a time exist. Keeps the softmax statistics [rows, heads] from which the backward pass rebuilds the weights, unless `statistics` is null.
template <class T>
void attention(const T* q, const T* k, const T* v, const AttentionShape& shape, T* o, SoftmaxStatistics<T>* statistics) {
  const T scale = 1 / std::sqrt(static_cast<T>(shape.head_width));
  parallel_for(shape.pairs(), [&](Index pair) {
    const Index sample = pair / shape.heads, head = pair % shape.heads, length = shape.packing.length(sample);
    const auto of = [&](const T* data) { return detail::head_matrix(data, shape, shape.stride, sample, head); };
    const auto mixed = detail::head_matrix(o, shape, shape.width(), sample, head);
    Arena& arena = thread_arena();
    Arena::Scope scope(arena);
    const auto keys = pack<T>(of(k).transposed(), arena.take<T>(packed_size<T>(shape.head_width, length)));
    const auto values = pack<T>(of(v), arena.take<T>(packed_size<T>(length, shape.head_width)));
    T* scores = arena.take<T>(std::min(detail::kQueryBlock, length) * length);
    for (Index first = 0; first < length; first += detail::kQueryBlock) {
      const Index count = std::min(detail::kQueryBlock, length - first);
      const auto weights = row_major(scores, count, length);
      gemm_serial<T>(of(q).middle_rows(first, count), keys, weights);
      for (Index i = 0; i < count; ++i) {
        const auto row = softmax_row(scores + i * length, length, scale);
        if (statistics) statistics[(shape.packing.begin(sample) + first + i) * shape.heads + head] = row;
      }
      gemm_serial<T>(weights, values, mixed.middle_rows(first, count));
    }
  });
}

/// dv_j = sum_i p_ij do_i;  dp_ij = do_i . v_j;  ds_ij = p_ij (dp_ij - sum_l p_il dp_il) / sqrt(head_width);  dq_i = sum_j ds_ij k_j;
/// dk_j = sum_i ds_ij q_i. Writes dq, dk, dv; d_o is packed as o.
template <class T>
void attention_backward(const T* q, const T* k, const T* v, const SoftmaxStatistics<T>* statistics, const T* d_o, const AttentionShape& shape, T* dq, T* dk,
                        T* dv) {
  const T scale = 1 / std::sqrt(static_cast<T>(shape.head_width));
  parallel_for(shape.pairs(), [&](Index pair) {
    const Index sample = pair / shape.heads, head = pair % shape.heads, length = shape.packing.length(sample);
    const auto of = [&](auto* data) { return detail::head_matrix(data, shape, shape.stride, sample, head); };
    const auto upstream = detail::head_matrix(d_o, shape, shape.width(), sample, head);
    Arena::Scope scope(thread_arena());
    const auto weights = row_major(thread_arena().take<T>(length * length), length, length);
    const auto gradient = row_major(thread_arena().take<T>(length * length), length, length);
    gemm_serial<T>(of(q), of(k).transposed(), weights);
    gemm_serial<T>(upstream, of(v).transposed(), gradient);
    for (Index i = 0; i < length; ++i)
      softmax_row_again(weights.data + i * length, length, scale, statistics[(shape.packing.begin(sample) + i) * shape.heads + head]);
    gemm_serial<T>(weights.transposed(), upstream, of(dv));
    for (Index i = 0; i < length; ++i) softmax_row_backward(weights.data + i * length, gradient.data + i * length, length, scale);
    gemm_serial<T>(gradient, of(k), of(dq));
    gemm_serial<T>(gradient.transposed(), of(q), of(dk));
  });
}

namespace reference {

/// One (sample, head) pair from the equation, q, k, v, o [length, width] with the given row stride.
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
    for (Index c = 0; c < width; ++c) {
      o[i * stride + c] = 0;
      for (Index j = 0; j < length; ++j) o[i * stride + c] += std::exp(score(j) - max) / sum * v[j * stride + c];
    }
  }
}

}  // namespace reference

}  // namespace adatape::ops
