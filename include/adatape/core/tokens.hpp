#pragma once
/// Ragged batches: the tokens of all samples packed one behind the other, without padding.
#include <Eigen/Core>
#include <span>

#include "adatape/core/arena.hpp"
#include "adatape/core/tensor.hpp"

namespace adatape::inline ADATAPE_NAMESPACE {

/// Which rows of a packed matrix belong to which sample. Sample b has rows [cu_seqlens[b], cu_seqlens[b + 1]); its first `own` rows are its
/// own tokens, the rest are tape tokens in the order they were read. A view: whoever made cu_seqlens (an arena, mostly) keeps it alive.
struct Packing {
  std::span<const Index> cu_seqlens;  ///< samples + 1 offsets, starting at 0
  Index own = 0;                      ///< own tokens of every sample

  Index samples() const { return static_cast<Index>(cu_seqlens.size()) - 1; }
  Index rows() const { return cu_seqlens.back(); }
  Index begin(Index sample) const { return cu_seqlens[static_cast<std::size_t>(sample)]; }
  Index length(Index sample) const { return begin(sample + 1) - begin(sample); }
};

/// The packing of a batch in which every sample has `own` tokens and no tape yet.
inline Packing uniform_packing(Index samples, Index own, Arena& arena) {
  const auto offsets = arena.take_span<Index>(samples + 1);
  for (Index b = 0; b <= samples; ++b) offsets[static_cast<std::size_t>(b)] = b * own;
  return {offsets, own};
}

/// Packed tokens of width D: row-major [packing.rows(), D]. A view.
template <class T, int D>
struct Tokens {
  static_assert(D > 0, "Tokens: the width D must be at least 1");
  T* data = nullptr;
  Packing packing;

  Index rows() const { return packing.rows(); }
  Index size() const { return rows() * D; }
  T* row(Index i) const { return data + i * D; }

  /// All rows as an Eigen matrix.
  auto matrix() const { return Eigen::Map<RowMatrix<T, D>>(data, rows(), D); }
  /// The rows of one sample as an Eigen matrix.
  auto sample(Index b) const { return Eigen::Map<RowMatrix<T, D>>(row(packing.begin(b)), packing.length(b), D); }
};

/// Uninitialised tokens of width D with the given packing.
template <int D, class T>
Tokens<T, D> take_tokens(const Packing& packing, Arena& arena) {
  return {arena.take<T>(packing.rows() * D), packing};
}

}  // namespace adatape
