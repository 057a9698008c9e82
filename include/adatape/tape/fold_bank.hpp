#pragma once
/// Folds embedding, positions and `pre_bank` of an input bank into the weights of FoldedBank, in double, once for all images.
#include <optional>
#include <vector>

#include "adatape/ops/fold.hpp"
#include "adatape/tape/folded_bank.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::tape {

/// The parameters of an input bank of `size` tokens:  token_i = (x_i kernel + bias + positions_i) projection + projection_bias.
template <class T>
struct BankParameters {
  Index patch;               ///< values of a patch x_i
  Index width;               ///< values of a bank token
  Index key_width;           ///< values of a key, at most `width`
  Index size;                ///< K
  const T* kernel;           ///< [patch, width]
  const T* bias;             ///< [width]
  const T* positions;        ///< [size, width]
  const T* projection;       ///< [width, width]
  const T* projection_bias;  ///< [width]
};

namespace detail {

/// Takes its mean from every row of x [rows, width].
inline void centre_rows(std::vector<double>& x, Index width) {
  for (double* row = x.data(); row != x.data() + x.size(); row += width) {
    double sum = 0;
    for (Index j = 0; j < width; ++j) sum += row[j];
    for (Index j = 0; j < width; ++j) row[j] -= sum / static_cast<double>(width);
  }
}

/// The sum of the squares of every row of x [rows, width].
inline std::vector<double> squares_of_rows(const std::vector<double>& x, Index width) {
  std::vector<double> sums(x.size() / static_cast<std::size_t>(width));
  for (std::size_t i = 0; i < x.size(); ++i) {
    double& sum = sums[i / static_cast<std::size_t>(width)];
    sum = multiply_add(x[i], x[i], sum);
  }
  return sums;
}

/// Writes columns [0, count) of x [rows, width], rounded to T, to `to`.
template <class T>
void round_columns(const std::vector<double>& x, Index width, Index count, T* to) {
  for (Index i = 0; i < std::ssize(x) / width; ++i)
    for (Index j = 0; j < count; ++j) to[i * count + j] = static_cast<T>(x[static_cast<std::size_t>(i * width + j)]);
}

/// The folded weights in double, row-major. FoldedWeights says what they are.
struct FoldedInDouble {
  std::vector<double> matrix, rows, factor, factor_rows, rest;

  template <class T>
  explicit FoldedInDouble(const BankParameters<T>& p) {
    const Index P = p.patch, D = p.width, K = p.size;
    const auto in_double = [](const T* values, Index count) { return std::vector<double>(values, values + count); };
    const auto matrix_of = [](auto& values, Index width) { return ops::row_major(values.data(), std::ssize(values) / width, width); };
    const std::vector<double> kernel = in_double(p.kernel, P * D), projection = in_double(p.projection, D * D);
    std::vector<double> positioned = in_double(p.positions, K * D);
    matrix.resize(kernel.size());
    rows.resize(positioned.size());
    for (Index i = 0; i < K; ++i) {
      for (Index j = 0; j < D; ++j) positioned[static_cast<std::size_t>(i * D + j)] += static_cast<double>(p.bias[j]);
      std::copy_n(p.projection_bias, D, rows.data() + i * D);
    }
    ops::fold(matrix_of(kernel, D), matrix_of(projection, D), matrix_of(matrix, D));
    ops::fold(matrix_of(positioned, D), matrix_of(projection, D), matrix_of(rows, D), true);
    centre_rows(matrix, D);
    centre_rows(rows, D);

    auto orthogonal = ops::orthogonal_rows(matrix, P, D);
    const Index columns = orthogonal.rank;
    const auto q = matrix_of(orthogonal.q, D);
    std::vector<double> left = rows;
    factor_rows.resize(static_cast<std::size_t>(K * columns));
    ops::fold(matrix_of(rows, D), q.transposed(), matrix_of(factor_rows, columns));
    for (double& value : orthogonal.q) value = -value;
    ops::fold(matrix_of(factor_rows, columns), q, matrix_of(left, D), true);
    factor = std::move(orthogonal.l);
    rest = squares_of_rows(left, D);
  }
};

}  // namespace detail

/// The folded weights, memory of the arena (Arena::keep). The parameters may go away then. Throws std::bad_alloc where there is no memory.
template <class T>
FoldedWeights<T> fold_bank(const BankParameters<T>& p, Arena& arena) {
  const Index P = p.patch, D = p.width, K = p.size, keys = p.key_width, columns = std::min(P, D);
  std::optional<detail::FoldedInDouble> folded;
  if (!arena.is_filled()) folded.emplace(p);
  const auto keep_columns = [&](std::vector<double> detail::FoldedInDouble::*values, Index rows, Index width, Index count) {
    return arena.keep<T>(rows * count, [&](T* to) { detail::round_columns((*folded).*values, width, count, to); });
  };
  // The first `count` columns of a matrix [rows, width], rounded to T and packed by pack(matrix, to).
  const auto keep_packed = [&](std::vector<double> detail::FoldedInDouble::*values, Index rows, Index width, Index count, Index size, const auto& pack) {
    return arena.keep<T>(size, [&](T* to) {
      Arena::Scope scope(arena);
      T* const rounded = arena.take<T>(rows * count);
      detail::round_columns((*folded).*values, width, count, rounded);
      pack(ops::row_major(rounded, rows, count), to);
    });
  };
  using Folded = detail::FoldedInDouble;
  FoldedWeights<T> weights{.patch = P, .width = D, .key_width = keys, .size = K, .matrix = {}, .key_rows = {}, .factor = {}};
  weights.key_matrix = keep_columns(&Folded::matrix, P, D, keys);
  weights.rows = keep_columns(&Folded::rows, K, D, D);
  weights.factor_rows = keep_columns(&Folded::factor_rows, K, columns, columns);
  weights.rest = keep_columns(&Folded::rest, K, 1, 1);
  weights.matrix = {keep_packed(&Folded::matrix, P, D, D, ops::packed_size<T>(P, D), [](auto matrix, T* to) { ops::pack<T>(matrix, to); }), P, D};
  weights.key_rows = {
      keep_packed(&Folded::rows, K, D, keys, ops::packed_size<T>(keys, K), [](auto matrix, T* to) { ops::pack<T>(matrix.transposed(), to); }), keys, K};
  weights.factor = {keep_packed(&Folded::factor, P, columns, columns, ops::packed_trapezoid_size<T>(P, columns),
                                [](auto matrix, T* to) { ops::pack_trapezoid<T>(matrix, to); }),
                    P, columns};
  return weights;
}

}  // namespace adatape::tape
