#pragma once
/// Compares inference of a layer with the forward pass of the layer, for layers of one's own.
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "adatape/nn/inference.hpp"
#include "adatape/testing/random_values.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::gradcheck {

namespace detail {

/// Largest |found - wanted|, divided by the largest magnitude in wanted or by 1 if that is more. Infinity if a value is not finite.
template <class T>
double relative_distance(std::span<const T> found, std::span<const T> wanted) {
  double largest = 1, distance = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const double difference = std::abs(static_cast<double>(found[i]) - static_cast<double>(wanted[i]));
    if (!std::isfinite(difference)) return std::numeric_limits<double>::infinity();
    largest = std::max(largest, std::abs(static_cast<double>(wanted[i])));
    distance = std::max(distance, difference);
  }
  return distance / largest;
}

}  // namespace detail

/// The largest relative distance from the forward pass of layer L, with random parameters and a random input of that packing. Covered are
/// - nn::infer, nn::infer_add and, where the width is kept, nn::infer_in_place,
/// - infer and infer_add with the input as output, where L says that they may alias.
/// A right layer stays within a few hundred epsilons of T. The result is infinity if a value is not finite, or if inference changed an input. Throws what L
/// throws.
template <class L, class T>
double inference_error(const RaggedPacking& ragged) {
  const Packing packing = ragged;
  const auto parameters = random_parameters<L, T>(5, 0.2);
  const auto input = random_values<T>(packing.rows() * L::in, 1), before = random_values<T>(packing.rows() * L::out, 2);
  Arena arena;
  const Context context{.arena = arena};
  auto x = input;
  std::vector<T> wanted(before.size()), sum(before.size());
  typename L::template Saved<T> saved{};
  layer_forward<L, T>(*parameters, {x.data(), packing}, {wanted.data(), packing}, saved, context);
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] = wanted[i] + before[i];
  const auto packed = L::pack_weights(*parameters, arena);
  double worst = 0;
  const auto compare = [&](std::vector<T>& found, const std::vector<T>& right, bool in_place) {
    worst = std::max(worst, detail::relative_distance(std::span<const T>(found), std::span<const T>(right)));
    if (!in_place && x != input) worst = std::numeric_limits<double>::infinity();
    x = input;
  };
  const auto tokens_in = [&] { return Tokens<T, L::in>{x.data(), packing}; };
  std::vector<T> y(before.size(), std::numeric_limits<T>::quiet_NaN());
  nn::infer<L, T>(packed, tokens_in(), {y.data(), packing}, context);
  compare(y, wanted, false);
  y = before;
  nn::infer_add<L, T>(packed, tokens_in(), {y.data(), packing}, context);
  compare(y, sum, false);
  if constexpr (L::in == L::out) {
    nn::infer_in_place<L, T>(packed, tokens_in(), context);
    compare(x, wanted, true);
    if constexpr (infer_may_alias<L>) {
      nn::infer<L, T>(packed, tokens_in(), tokens_in(), context);
      compare(x, wanted, true);
    }
    if constexpr (infer_add_may_alias<L>) {
      for (std::size_t i = 0; i < sum.size(); ++i) sum[i] = wanted[i] + input[i];
      nn::infer_add<L, T>(packed, tokens_in(), tokens_in(), context);
      compare(x, sum, true);
    }
  }
  return worst;
}

}  // namespace adatape::gradcheck
