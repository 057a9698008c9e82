#pragma once
/// Attention of one (sample, head) pair with at most 8 tokens, as in models for the parity task. For so few tokens, preparing a matrix product would take
/// longer than the product.
#include "adatape/ops/matrix.hpp"
#include "adatape/ops/row_dots.hpp"
#include "adatape/ops/softmax.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::ops {

/// The largest number of tokens of a sample for which ShortAttention is used.
inline constexpr Index kShortLength = 8;

/// One pair in float, length <= kShortLength. q, k, v, o and their gradients are [length, head_width] with adjacent columns. Outputs overlap neither inputs nor
/// each other.
struct ShortAttention {
  using Rows = Matrix<const float>;  ///< what is read: queries, keys, values or the gradient of o
  float scale;                       ///< 1 / sqrt(head_width)
  Index length;                      ///< tokens of the sample

  /// The equation of attention. Writes o. Unless `statistics` is null, also writes the statistics of every row, `statistics_stride` elements apart.
  void forward(Rows q, Rows k, Rows v, Matrix<float> o, SoftmaxStatistics<float>* statistics, Index statistics_stride) const {
    Scores weights;
    for (Index i = 0; i < length; ++i) {
      dots(&q(i, 0), k, weights.row(i));
      const auto row = softmax_row(weights.row(i), length, scale);
      if (statistics) statistics[i * statistics_stride] = row;
      combine(weights.row(i), 1, v, &o(i, 0));
    }
  }

  /// The equations of attention_backward. Writes dq, dk and dv.
  void backward(Rows q, Rows k, Rows v, const SoftmaxStatistics<float>* statistics, Index statistics_stride, Rows d_o, Matrix<float> dq, Matrix<float> dk,
                Matrix<float> dv) const {
    Scores weights, gradient;
    for (Index i = 0; i < length; ++i) {
      dots(&q(i, 0), k, weights.row(i));
      softmax_row_again(weights.row(i), length, scale, statistics[i * statistics_stride]);
      dots(&d_o(i, 0), v, gradient.row(i));
    }
    for (Index j = 0; j < length; ++j) combine(weights.row(0) + j, kShortLength, d_o, &dv(j, 0));
    for (Index i = 0; i < length; ++i) {
      softmax_row_backward_in_place(weights.row(i), gradient.row(i), length, scale);
      combine(gradient.row(i), 1, k, &dq(i, 0));
    }
    for (Index j = 0; j < length; ++j) combine(gradient.row(0) + j, kShortLength, q, &dk(j, 0));
  }

 private:
  struct Scores {
    float values[kShortLength * kShortLength];
    float* row(Index i) { return values + i * kShortLength; }
  };

  /// to_j = x . rows_j
  void dots(const float* x, Rows rows, float* to) const { vectorised::row_dots(rows.data, length, rows.cols, rows.row_stride, x, to); }
  /// to = sum_j weights[j * stride] rows_j
  void combine(const float* weights, Index stride, Rows rows, float* to) const {
    simd::for_each_batch<float>(rows.cols, [&](Index c, Index n) ADATAPE_INLINE_LAMBDA {
      auto sums = simd::splat(0.f);
      for (Index j = 0; j < length; ++j) sums = simd::fma(simd::splat(weights[j * stride]), simd::load_partial(&rows(j, c), n), sums);
      simd::store_partial(to + c, sums, n);
    });
  }
};

}  // namespace adatape::ops
