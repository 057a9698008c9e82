#pragma once
/// Ragged batches: the tokens of all samples, one sample behind the other, without padding.
#include <Eigen/Core>
#include <span>
#include <type_traits>
#include <utility>

#include "adatape/core/arena.hpp"
#include "adatape/core/row_major.hpp"
#include "adatape/core/tensor.hpp"

namespace adatape::inline ADATAPE_NAMESPACE {

/// Which rows of a packed matrix belong to which sample. Sample b has rows [cu_seqlens[b], cu_seqlens[b + 1]). The first rows of a sample are its own
/// tokens. The other rows are tape tokens, in the order in which they were read. A packing is a view: the memory of the offsets (mostly an arena's) must
/// outlive it.
struct Packing {
  std::span<const Index> cu_seqlens;  ///< samples + 1 offsets, starting at 0
  Index own = 0;                      ///< own tokens of every sample, where cu_own is empty
  std::span<const Index> cu_own{};    ///< samples + 1 offsets of the own tokens alone, where samples have different numbers of them
  Index prefix = 0;                   ///< prefix tokens of every sample (class token, registers): the first of its own tokens

  Index samples() const { return static_cast<Index>(cu_seqlens.size()) - 1; }  ///< of the batch
  Index rows() const { return cu_seqlens.back(); }                             ///< of all samples
  /// The first row of a sample.
  Index begin(Index sample) const { return cu_seqlens[static_cast<std::size_t>(sample)]; }
  /// The number of rows of a sample.
  Index length(Index sample) const { return begin(sample + 1) - begin(sample); }
  /// The number of own tokens of all samples before this one.
  Index own_begin(Index sample) const { return cu_own.empty() ? sample * own : cu_own[static_cast<std::size_t>(sample)]; }
  /// The number of own tokens of a sample.
  Index own_length(Index sample) const { return own_begin(sample + 1) - own_begin(sample); }
};

/// Offsets of samples of length_of(b) rows each: samples + 1 numbers that start at 0, in memory of the arena. Throws as Arena::take does.
template <class LengthOf>
std::span<const Index> offsets_of(Index samples, const LengthOf& length_of, Arena& arena) {
  const auto offsets = arena.take_span<Index>(samples + 1);
  offsets[0] = 0;
  for (Index b = 0; b < samples; ++b) offsets[static_cast<std::size_t>(b) + 1] = offsets[static_cast<std::size_t>(b)] + length_of(b);
  return offsets;
}

/// The packing of a batch in which every sample has `own` tokens, of which the first `prefix` are prefix tokens, and no tape. cu_seqlens is memory of the
/// arena. Throws Error if a number is negative, and as Arena::take does.
inline Packing uniform_packing(Index samples, Index own, Arena& arena, Index prefix = 0) {
  require(samples >= 0 && own >= 0, "uniform_packing: wanted numbers of at least 0, found ", samples, " samples of ", own, " tokens");
  const auto offsets = arena.take_span<Index>(samples + 1);
  for (Index b = 0; b <= samples; ++b) offsets[static_cast<std::size_t>(b)] = b * own;
  return {offsets, own, {}, prefix};
}

/// Packed tokens of width D: row-major [packing.rows(), D]. A view: the memory of `data` and of the packing must outlive it, and the matrices it returns.
/// Tokens<const T, D> are read only. Tokens<T, D> convert to them.
template <class T, int D>
struct Tokens {
  static_assert(D > 0, "Tokens: the width D must be at least 1");
  using Rows = RowMatrix<std::remove_const_t<T>, D>;                        ///< a matrix of such rows that owns its values
  using Matrix = std::conditional_t<std::is_const_v<T>, const Rows, Rows>;  ///< what the maps below view
  T* data = nullptr;                                                        ///< the first value of row 0
  Packing packing;                                                          ///< which rows belong to which sample

  Index rows() const { return packing.rows(); }   ///< of all samples
  Index size() const { return rows() * D; }       ///< in values
  T* row(Index i) const { return data + i * D; }  ///< the D values of row i; rows count over all samples

  /// All rows as an Eigen matrix.
  auto matrix() const { return Eigen::Map<Matrix>(data, rows(), D); }
  /// The rows of one sample as an Eigen matrix.
  auto sample(Index b) const { return Eigen::Map<Matrix>(row(packing.begin(b)), packing.length(b), D); }

  /// The same tokens, read only.
  operator Tokens<const T, D>() const  // NOLINT(google-explicit-constructor)
    requires(!std::is_const_v<T>)
  {
    return {data, packing};
  }
};

/// Tokens that a function only reads, as the type of a parameter. Both Tokens<T, D> and Tokens<const T, D> are taken. T and D come from another parameter of
/// the function.
template <class T, int D>
using ConstTokens = std::type_identity_t<Tokens<const T, D>>;

/// Uninitialised tokens of width D with the given packing, in memory of the arena. Throws as Arena::take does.
template <int D, class T>
Tokens<T, D> take_tokens(const Packing& packing, Arena& arena) {
  return {arena.take<T>(packing.rows() * D), packing};
}

/// A row-major Eigen matrix, map or Ref [packing.rows(), D] as tokens, without a copy. The tokens are const where the matrix is. The values and the offsets of
/// the packing must outlive the tokens. D is the number of columns; it may be left out where the type of the matrix says it. A column-major matrix does not
/// compile, nor does a matrix that dies with the call. Throws Error unless the rows and columns fit and the rows are adjacent in memory.
template <int D = Eigen::Dynamic, class M>
auto as_tokens(M&& matrix, const Packing& packing)
  requires RowMajorMatrix<std::remove_cvref_t<M>, typename std::remove_cvref_t<M>::Scalar, D> &&
           (std::is_lvalue_reference_v<M> || !std::is_base_of_v<Eigen::PlainObjectBase<std::remove_cvref_t<M>>, std::remove_cvref_t<M>>)
{
  using Values = std::remove_pointer_t<decltype(matrix.data())>;
  constexpr int width = D == Eigen::Dynamic ? static_cast<int>(std::remove_cvref_t<M>::ColsAtCompileTime) : D;
  static_assert(width != Eigen::Dynamic, "as_tokens: the width must be known at compile time; write as_tokens<D>(matrix, packing)");
  require(matrix.rows() == packing.rows(), "as_tokens: wanted a matrix of ", packing.rows(), " rows, found ", matrix.rows());
  detail::require_adjacent(matrix, width, "as_tokens");
  return Tokens<Values, width>{matrix.data(), packing};
}

}  // namespace adatape
