#pragma once
/// The halting probabilities of tokens: sigmoids of a dense score. A sample has the mean of its tokens' probabilities.
#include <algorithm>

#include "adatape/core/context.hpp"
#include "adatape/nn/linear.hpp"
#include "adatape/ops/sigmoid.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::act {

/// The dense layer D -> 1, and what follows it. Functions that take an Arena or a Context throw std::bad_alloc where there is no memory.
template <int D>
struct TokenHalting : nn::Linear<D, 1> {
  using Score = nn::Linear<D, 1>;  ///< x_i w + b

  /// p_i = sigmoid(x_i w + b) of every row of x: [rows], memory of the arena. Weights: Params or PackedWeights.
  template <class Weights, class T>
  static T* probabilities(const Weights& p, const Tokens<T, D>& x, Arena& arena) {
    const Index rows = x.rows();
    T* const probability = arena.take<T>(rows);
    Score::apply(p, x.data, rows, probability);
    for (Index i = 0; i < rows; ++i) probability[i] = ops::scalar::sigmoid(probability[i]);
    return probability;
  }

  /// The mean of the probabilities of a sample's tokens [own].
  template <class T>
  static T mean(const T* probability, Index own) {
    T sum = probability[0];
    for (Index i = 1; i < own; ++i) sum += probability[i];
    return sum / static_cast<T>(own);
  }

  /// Adds the gradients of probabilities() to dx [rows, D] and dp. probability is its result for x, and dp_i = upstream(i).
  ///     ds_i = dp_i p_i (1 - p_i),  dx_i += ds_i w^T,  dw += sum_i ds_i x_i^T,  db += sum_i ds_i
  template <class T, class Upstream>
  static void add_gradients(const typename Score::template Params<T>& p, const T* x, const T* probability, const Upstream& upstream, Tokens<T, D> dx,
                            typename Score::template Params<T>& dp, const Context& context) {
    Arena::Scope scope(context.arena);
    const Index rows = dx.rows();
    T* const dscore = context.arena.take<T>(rows);
    for (Index i = 0; i < rows; ++i) dscore[i] = upstream(i) * probability[i] * (1 - probability[i]);
    Score::add_parameter_gradients(x, dscore, rows, dp);
    Score::add_input_gradient(p, dscore, rows, dx.data);
  }
};

}  // namespace adatape::act
