#pragma once
/// Joining and splitting packed rows. Two packings of the same samples, head and tail, are joined to one in which the head rows of a sample come first, and the
/// tail rows of the sample follow.
#include <algorithm>

#include "adatape/core/parallel.hpp"
#include "adatape/core/tokens.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::nn {

/// The packing of the joined rows. head and tail have the same number of samples. The offsets are memory of the arena. Throws as Arena::take does.
inline Packing join(const Packing& head, const Packing& tail, Arena& arena) {
  const auto offsets = arena.take_span<Index>(head.samples() + 1);
  for (Index b = 0; b <= head.samples(); ++b) offsets[static_cast<std::size_t>(b)] = head.begin(b) + tail.begin(b);
  return {offsets, head.own, head.cu_own, head.prefix};
}

/// The own tokens of every sample, and its tape tokens, as two packings of the same samples.
struct OwnAndTape {
  Packing own;   ///< offsets in the arena, or those of cu_own of `whole`
  Packing tape;  ///< offsets in the arena; no own tokens
  /// Of the rows of `whole`, whose memory must outlive this object. Throws as Arena::take does.
  OwnAndTape(const Packing& whole, Arena& arena)
      : own(whole.cu_own.empty() ? uniform_packing(whole.samples(), whole.own, arena, whole.prefix) : Packing{whole.cu_own, 0, whole.cu_own, whole.prefix}) {
    const auto offsets = arena.take_span<Index>(whole.samples() + 1);
    for (Index b = 0; b <= whole.samples(); ++b) offsets[static_cast<std::size_t>(b)] = whole.begin(b) - own.begin(b);
    tape = {offsets, 0};
  }
};

/// Copies the rows of head and tail to whole. whole.packing is join(head.packing, tail.packing). whole overlaps neither. Throws as parallel_for does.
template <int D, class T>
void join_rows(ConstTokens<T, D> head, ConstTokens<T, D> tail, Tokens<T, D> whole) {
  parallel_for(whole.packing.samples(), [&](Index b) {
    T* rows = whole.row(whole.packing.begin(b));
    rows = std::copy_n(head.row(head.packing.begin(b)), head.packing.length(b) * D, rows);
    std::copy_n(tail.row(tail.packing.begin(b)), tail.packing.length(b) * D, rows);
  });
}

/// The reverse: copies the rows of whole to head and tail.
template <int D, class T>
void split_rows(ConstTokens<T, D> whole, Tokens<T, D> head, Tokens<T, D> tail) {
  parallel_for(whole.packing.samples(), [&](Index b) {
    const T* rows = whole.row(whole.packing.begin(b));
    const Index head_size = head.packing.length(b) * D;
    std::copy_n(rows, head_size, head.row(head.packing.begin(b)));
    std::copy_n(rows + head_size, tail.packing.length(b) * D, tail.row(tail.packing.begin(b)));
  });
}

}  // namespace adatape::nn
