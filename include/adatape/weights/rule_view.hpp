#pragma once
/// Where the elements of a tensor of ours lie in a tensor of a file: the same strides serve reading and writing.
#include <vector>

#include "adatape/core/layout.hpp"
#include "adatape/weights/family.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::weights {

/// A tensor of shape `source`, in which element [i, j, ...] of ours is row-major element first + i strides[0] + j strides[1] + ...
struct RuleView {
  std::vector<Index> source;                           ///< shape of the tensor of the file
  Index first = 0;                                     ///< its element that is element [0, 0, ...] of ours
  std::array<Index, LayoutEntry::max_rank> strides{};  ///< in elements of the source, one for each axis of ours
};

/// The view that a rule gives a tensor of ours. With `blocks` > 0 the source has a first axis of so many blocks, and the tensor is that of `block`.
inline RuleView view_of(const Rule& rule, const LayoutEntry& entry, Index block = 0, Index blocks = 0) {
  const auto rank = static_cast<std::size_t>(entry.rank);
  RuleView view;
  const auto row_major = [&](std::size_t from, std::size_t to, Index step) {
    for (std::size_t axis = to; axis-- > from; step *= entry.dims[axis]) view.strides[axis] = step;
    return step;
  };
  if (rule.form == Form::convolution) {
    const auto& [rows, columns, channels, width] = entry.dims;
    view.source = {width, channels, rows, columns};
    view.strides = {columns, 1, rows * columns, channels * rows * columns};
  } else if (rule.form == Form::linear) {
    const auto split = static_cast<std::size_t>(rule.inputs);
    const Index inputs = row_major(0, split, 1);
    view.source = {row_major(split, rank, inputs) / inputs, inputs};
  } else {
    row_major(0, rank, 1);
    if (rule.form == Form::flat)
      view.source = {entry.size};
    else
      view.source.assign(entry.dims.begin(), entry.dims.begin() + entry.rank);
  }
  view.source[0] *= rule.parts;
  view.first = entry.size * rule.part;
  if (blocks > 0) {
    view.first += entry.size * rule.parts * block;
    view.source.insert(view.source.begin(), blocks);
  }
  return view;
}

/// Calls f(element of ours, element of the source) for every element of ours, both row-major.
template <class F>
void for_each_element(const RuleView& view, const LayoutEntry& entry, const F& f) {
  std::array<Index, LayoutEntry::max_rank> position{};
  Index at = view.first;
  for (Index i = 0; i < entry.size; ++i) {
    f(static_cast<std::size_t>(i), static_cast<std::size_t>(at));
    for (auto axis = static_cast<std::size_t>(entry.rank); axis-- > 0;) {
      at += view.strides[axis];
      if (++position[axis] < entry.dims[axis]) break;
      at -= view.strides[axis] * entry.dims[axis];
      position[axis] = 0;
    }
  }
}

}  // namespace adatape::weights
