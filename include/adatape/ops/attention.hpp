#pragma once
/// Multi-head attention over packed sequences: every sample attends to its own rows and no other.
///     o_i = sum_j p_ij v_j,   p_i = softmax_j(q_i . k_j / sqrt(head_width))   for each sample and head
/// q, k, v, o are packed [rows, heads * head_width]. Work is split over (sample, head), each pair on one core with its scores in cache.
#include <cmath>

#include "adatape/core/arena.hpp"
#include "adatape/core/parallel.hpp"
#include "adatape/core/tokens.hpp"
#include "adatape/ops/gemm.hpp"
#include "adatape/ops/softmax.hpp"

namespace adatape::ops {

/// Sizes of an attention: the packing of its rows, and its heads.
struct AttentionShape {
  Packing packing;
  Index heads;
  Index head_width;

  Index stride() const { return heads * head_width; }
  Index pairs() const { return packing.samples() * heads; }
};

namespace detail {

/// Matrix [length, head_width] of one (sample, head) pair inside a packed [rows, heads * head_width] buffer.
template <class T>
Matrix<T> head_matrix(T* data, const AttentionShape& shape, Index sample, Index head) {
  return {data + shape.packing.begin(sample) * shape.stride() + head * shape.head_width, shape.packing.length(sample), shape.head_width, shape.stride(), 1};
}

}  // namespace detail

/// Writes o; keeps the softmax statistics [rows, heads] from which the backward pass rebuilds the weights, unless `statistics` is null.
template <class T>
void attention(const T* q, const T* k, const T* v, const AttentionShape& shape, T* o, SoftmaxStatistics<T>* statistics) {
  const T scale = 1 / std::sqrt(static_cast<T>(shape.head_width));
  parallel_for(shape.pairs(), [&](Index pair) {
    const Index sample = pair / shape.heads, head = pair % shape.heads, length = shape.packing.length(sample);
    Arena::Scope scope(thread_arena());
    const auto weights = row_major(thread_arena().take<T>(length * length), length, length);
    gemm_serial<T>(detail::head_matrix(q, shape, sample, head), detail::head_matrix(k, shape, sample, head).transposed(), weights);
    for (Index i = 0; i < length; ++i) {
      const auto row = softmax_row(weights.data + i * length, length, scale);
      if (statistics) statistics[(shape.packing.begin(sample) + i) * shape.heads + head] = row;
    }
    gemm_serial<T>(weights, detail::head_matrix(v, shape, sample, head), detail::head_matrix(o, shape, sample, head));
  });
}

/// dv_j = sum_i p_ij do_i;  dp_ij = do_i . v_j;  ds_ij = p_ij (dp_ij - sum_l p_il dp_il) / sqrt(head_width);  dq_i = sum_j ds_ij k_j;
/// dk_j = sum_i ds_ij q_i. Writes dq, dk, dv.
template <class T>
void attention_backward(const T* q, const T* k, const T* v, const SoftmaxStatistics<T>* statistics, const T* d_o, const AttentionShape& shape, T* dq, T* dk,
                        T* dv) {
  const T scale = 1 / std::sqrt(static_cast<T>(shape.head_width));
  parallel_for(shape.pairs(), [&](Index pair) {
    const Index sample = pair / shape.heads, head = pair % shape.heads, length = shape.packing.length(sample);
    const auto of = [&](auto* data) { return detail::head_matrix(data, shape, sample, head); };
    Arena::Scope scope(thread_arena());
    const auto weights = row_major(thread_arena().take<T>(length * length), length, length);
    const auto gradient = row_major(thread_arena().take<T>(length * length), length, length);
    gemm_serial<T>(of(q), of(k).transposed(), weights);
    gemm_serial<T>(of(d_o), of(v).transposed(), gradient);
    for (Index i = 0; i < length; ++i)
      softmax_row_again(weights.data + i * length, length, scale, statistics[(shape.packing.begin(sample) + i) * shape.heads + head]);
    gemm_serial<T>(weights.transposed(), of(d_o), of(dv));
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
