#pragma once
/// Joining and splitting packed rows: every sample's head rows followed by its tail rows.
#include <algorithm>

#include "adatape/core/parallel.hpp"
#include "adatape/core/tokens.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::nn {

/// The packing in which each sample has its rows of `head` followed by those of `tail`.
inline Packing join(const Packing& head, const Packing& tail, Arena& arena) {
  const auto offsets = arena.take_span<Index>(head.samples() + 1);
  for (Index b = 0; b <= head.samples(); ++b) offsets[static_cast<std::size_t>(b)] = head.begin(b) + tail.begin(b);
  return {offsets, head.own};
}

/// The packing of every sample's own tokens, and that of its tape tokens, taken apart.
struct OwnAndTape {
  Packing own, tape;
  OwnAndTape(const Packing& whole, Arena& arena) : own(uniform_packing(whole.samples(), whole.own, arena)) {
    const auto offsets = arena.take_span<Index>(whole.samples() + 1);
    for (Index b = 0; b <= whole.samples(); ++b) offsets[static_cast<std::size_t>(b)] = whole.begin(b) - own.begin(b);
    tape = {offsets, 0};
  }
};

/// whole's rows from head's and tail's; whole.packing is their join.
template <int D, class T>
void join_rows(Tokens<T, D> head, Tokens<T, D> tail, Tokens<T, D> whole) {
  parallel_for(whole.packing.samples(), [&](Index b) {
    T* rows = whole.row(whole.packing.begin(b));
    rows = std::copy_n(head.row(head.packing.begin(b)), head.packing.length(b) * D, rows);
    std::copy_n(tail.row(tail.packing.begin(b)), tail.packing.length(b) * D, rows);
  });
}

/// head's and tail's rows from whole's.
template <int D, class T>
void split_rows(Tokens<T, D> whole, Tokens<T, D> head, Tokens<T, D> tail) {
  parallel_for(whole.packing.samples(), [&](Index b) {
    const T* rows = whole.row(whole.packing.begin(b));
    const Index head_size = head.packing.length(b) * D;
    std::copy_n(rows, head_size, head.row(head.packing.begin(b)));
    std::copy_n(rows + head_size, tail.packing.length(b) * D, tail.row(tail.packing.begin(b)));
  });
}

}  // namespace adatape::nn
