#pragma once
/// Ragged batches: the tokens of all samples, one sample behind the other, without padding.
#include <Eigen/Core>
#include <span>

#include "adatape/core/arena.hpp"
#include "adatape/core/tensor.hpp"

namespace adatape::inline ADATAPE_NAMESPACE {

/// Which rows of a packed matrix belong to which sample. Sample b has rows [cu_seqlens[b], cu_seqlens[b + 1]). The first rows of a sample are its own
/// tokens. The other rows are tape tokens, in the order in which they were read. A packing is a view: the memory of the offsets (mostly an arena's) must
/// outlive it.
struct Packing {
  std::span<const Index> cu_seqlens;  ///< samples + 1 offsets, starting at 0
  Index own = 0;                      ///< own tokens of every sample, where cu_own is empty
  std::span<const Index> cu_own{};    ///< samples + 1 offsets of the own tokens alone, where samples have different numbers of them

  Index samples() const { return static_cast<Index>(cu_seqlens.size()) - 1; }
  Index rows() const { return cu_seqlens.back(); }  ///< of all samples
  /// The first row of a sample.
  Index begin(Index sample) const { return cu_seqlens[static_cast<std::size_t>(sample)]; }
  /// The number of rows of a sample.
  Index length(Index sample) const { return begin(sample + 1) - begin(sample); }
  /// The number of own tokens of the samples before this one, and of this one.
  Index own_begin(Index sample) const { return cu_own.empty() ? sample * own : cu_own[static_cast<std::size_t>(sample)]; }
  Index own_length(Index sample) const { return own_begin(sample + 1) - own_begin(sample); }
};

/// The packing of a batch in which every sample has `own` tokens and no tape. cu_seqlens is memory of the arena. Throws Error if a number is negative, and as
/// Arena::take does.
inline Packing uniform_packing(Index samples, Index own, Arena& arena) {
  require(samples >= 0 && own >= 0, "uniform_packing: wanted numbers of at least 0, found ", samples, " samples of ", own, " tokens");
  const auto offsets = arena.take_span<Index>(samples + 1);
  for (Index b = 0; b <= samples; ++b) offsets[static_cast<std::size_t>(b)] = b * own;
  return {offsets, own};
}

/// Packed tokens of width D: row-major [packing.rows(), D]. A view: the memory of `data` and of the packing must outlive it, and the matrices it returns.
template <class T, int D>
struct Tokens {
  static_assert(D > 0, "Tokens: the width D must be at least 1");
  T* data = nullptr;
  Packing packing;

  Index rows() const { return packing.rows(); }
  Index size() const { return rows() * D; }  ///< in values
  T* row(Index i) const { return data + i * D; }

  /// All rows as an Eigen matrix.
  auto matrix() const { return Eigen::Map<RowMatrix<T, D>>(data, rows(), D); }
  /// The rows of one sample as an Eigen matrix.
  auto sample(Index b) const { return Eigen::Map<RowMatrix<T, D>>(row(packing.begin(b)), packing.length(b), D); }
};

/// Uninitialised tokens of width D with the given packing, in memory of the arena. Throws as Arena::take does.
template <int D, class T>
Tokens<T, D> take_tokens(const Packing& packing, Arena& arena) {
  return {arena.take<T>(packing.rows() * D), packing};
}

}  // namespace adatape
