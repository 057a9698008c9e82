#pragma once
/// The samples of a batch that still run, packed together.
#include <algorithm>
#include <span>

#include "adatape/core/context.hpp"
#include "adatape/core/tokens.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::act {

/// Tokens of the running samples, and which samples of the whole batch they are. A view into an arena. Every sample has packing.own tokens.
/// Functions that take an Arena or a Context throw std::bad_alloc where there is no memory.
template <class T, int D>
struct LiveBatch {
  Tokens<T, D> tokens;      ///< [live rows, D], sample after sample
  std::span<Index> sample;  ///< number in the whole batch of every live sample, ascending

  LiveBatch() = default;
  /// All samples of a batch. `tokens` is a view of `all`.
  LiveBatch(Tokens<T, D> all, Arena& arena) : tokens(all), sample(arena.take_span<Index>(all.packing.samples())) {
    for (std::size_t i = 0; i < sample.size(); ++i) sample[i] = static_cast<Index>(i);
  }

  Index samples() const { return static_cast<Index>(sample.size()); }  ///< number of live samples

  /// The samples b for which trace.runs(b). Their tokens are those of `state`, which has the packing of `tokens`: copies in `arena`, or, where no sample has
  /// halted, a view of `state`.
  template <class Trace>
  LiveBatch next(Tokens<T, D> state, const Trace& trace, Arena& arena) const {
    LiveBatch rest;
    rest.sample = arena.take_span<Index>(samples());
    std::size_t count = 0;
    for (Index b : sample)
      if (trace.runs(b)) rest.sample[count++] = b;
    rest.sample = rest.sample.first(count);
    const Index own = tokens.packing.own;
    rest.tokens = {state.data, uniform_packing(static_cast<Index>(count), own, arena, tokens.packing.prefix)};
    if (count == sample.size()) return rest;
    rest.tokens.data = arena.take<T>(rest.tokens.size());
    for (std::size_t i = 0, live = 0; i < sample.size() && live < count; ++i)
      if (sample[i] == rest.sample[live]) std::copy_n(state.row(static_cast<Index>(i) * own), own * D, rest.tokens.row(static_cast<Index>(live++) * own));
    return rest;
  }

  /// Copies the rows of the live samples from whole [rows of the whole batch, D] to live [live rows, D], which do not overlap.
  void gather(ConstTokens<T, D> whole, Tokens<T, D> live) const {
    for (std::size_t i = 0; i < sample.size(); ++i)
      std::copy_n(whole.row(whole.packing.begin(sample[i])), rows() * D, live.row(static_cast<Index>(i) * rows()));
  }
  /// Copies them back. The other rows of `whole` stay as they are.
  void scatter(ConstTokens<T, D> live, Tokens<T, D> whole) const {
    for (std::size_t i = 0; i < sample.size(); ++i)
      std::copy_n(live.row(static_cast<Index>(i) * rows()), rows() * D, whole.row(whole.packing.begin(sample[i])));
  }

  /// The data set numbers of the live samples, for random draws. In training a view into the context's arena; in inference, which draws nothing, those of
  /// `context` unchanged.
  std::span<const std::uint64_t> numbers(const Context& context) const {
    if (!context.training) return context.sample_numbers;
    const auto out = context.arena.take_span<std::uint64_t>(samples());
    std::ranges::transform(sample, out.begin(), [&](Index b) { return context.number_of(b); });
    return out;
  }

 private:
  Index rows() const { return tokens.packing.own; }
};

}  // namespace adatape::act
