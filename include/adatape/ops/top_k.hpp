#pragma once
/// The indices of the k largest scores, largest score first. Of equal scores the lower index comes first. A NaN score counts as -infinity.
#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "adatape/core/assert.hpp"
#include "adatape/core/types.hpp"
#include "adatape/ops/dispatch.hpp"
#include "adatape/simd/batch.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::ops {

namespace detail {

/// The score, or -infinity for NaN.
template <class T>
T rank_of(T score) {
  return std::isnan(score) ? -std::numeric_limits<T>::infinity() : score;
}

}  // namespace detail

namespace scalar {

/// The same result, by sorting all candidates. Throws std::bad_alloc if there is no memory.
template <class T>
void top_k(std::span<const T> scores, std::span<const char> excluded, std::span<Index> best) {
  std::vector<Index> candidates;
  for (std::size_t i = 0; i < scores.size(); ++i)
    if (!excluded[i]) candidates.push_back(static_cast<Index>(i));
  const auto rank = [&](Index i) { return detail::rank_of(scores[static_cast<std::size_t>(i)]); };
  std::ranges::stable_sort(candidates, std::ranges::greater{}, rank);
  std::copy_n(candidates.begin(), best.size(), best.begin());
}

}  // namespace scalar

/// Writes best [k], of the indices i whose excluded[i] is 0. k is the size of best. Preconditions:
/// - scores and excluded have one length (asserted),
/// - at least k indices are not excluded (asserted),
/// - best overlaps neither of them.
/// The scores are scanned once. In float the scores of a batch are considered one by one only if one of them is greater than the k-th best so far.
template <class T>
void top_k(std::span<const T> scores, std::span<const char> excluded, std::span<Index> best) {
  ADATAPE_ASSERT(scores.size() == excluded.size(), "top_k: scores and excluded must have one length");
  std::size_t kept = 0;  // best[0, kept) is sorted
  T worst = -std::numeric_limits<T>::infinity();
  const auto rank = [&](Index i) { return detail::rank_of(scores[static_cast<std::size_t>(i)]); };
  const auto consider = [&](Index i) {
    const T score = rank(i);
    if (excluded[static_cast<std::size_t>(i)] || (kept == best.size() && !(score > worst))) return;
    const auto end = best.begin() + static_cast<std::ptrdiff_t>(kept);
    const auto place = std::upper_bound(best.begin(), end, score, [&](T value, Index other) { return value > rank(other); });
    if (kept < best.size()) ++kept;
    std::move_backward(place, best.begin() + static_cast<std::ptrdiff_t>(kept) - 1, best.begin() + static_cast<std::ptrdiff_t>(kept));
    *place = i;
    if (kept == best.size()) worst = rank(best.back());
  };
  if (best.empty()) return;
  const auto count = static_cast<Index>(scores.size());
  Index i = 0;
  for (; i < count && kept < best.size(); ++i) consider(i);
  if constexpr (is_vectorised<T>)
    for (; i + simd::lanes<T> <= count; i += simd::lanes<T>)
      if (simd::any_greater(simd::load(scores.data() + i), simd::splat(worst)))
        for (Index j = i; j < i + simd::lanes<T>; ++j) consider(j);
  for (; i < count; ++i) consider(i);
  ADATAPE_ASSERT(kept == best.size(), "top_k: k must not exceed the number of candidates");
}

}  // namespace adatape::ops
