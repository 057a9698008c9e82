#pragma once
/// What a read did, for callers: tape lengths, the bank tokens read, their merge weights, and ponder.
#include <algorithm>
#include <span>

#include "adatape/core/arena.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::tape {

/// The record of one read over a batch. A view into the arena of the pass that made it, valid until that arena is reset.
template <class T>
struct ReadTrace {
  Index num_tape_tokens = 0;  ///< T: slots for tape tokens of a sample
  Index tokens_per_step = 0;  ///< k: slots for bank tokens of a tape token
  std::span<Index> length;   ///< [samples] tape tokens read
  std::span<Index> indices;  ///< [samples, num_tape_tokens, tokens_per_step] bank tokens, largest score first; -1 where nothing was read
  std::span<T> weights;      ///< [samples, num_tape_tokens, tokens_per_step] merge weights; 0 where nothing was read
  std::span<T> ponder;       ///< [samples] ponder of this read, without the ponder weight

  ReadTrace() = default;
  /// An empty record. Throws std::bad_alloc where there is no memory.
  ReadTrace(Index samples, Index slots_of_tape, Index slots_of_step, Arena& arena)
      : num_tape_tokens(slots_of_tape),
        tokens_per_step(slots_of_step),
        length(arena.take_span<Index>(samples)),
        indices(arena.take_span<Index>(samples * slots_of_tape * slots_of_step)),
        weights(arena.take_span<T>(samples * slots_of_tape * slots_of_step)),
        ponder(arena.take_span<T>(samples)) {
    std::ranges::fill(length, 0);
    std::ranges::fill(indices, -1);
    std::ranges::fill(weights, T(0));
    std::ranges::fill(ponder, T(0));
  }

  /// Copies the record of a part of the batch to samples first, first + 1 and so on. The part has the same number of steps, and at most as many slots a step
  /// (a given bank of the part may be smaller).
  void place(const ReadTrace& part, Index first) const {
    std::ranges::copy(part.length, length.begin() + first);
    std::ranges::copy(part.ponder, ponder.begin() + first);
    for (Index b = 0; b < part.samples(); ++b)
      for (Index n = 0; n < part.length[static_cast<std::size_t>(b)]; ++n) {
        std::ranges::copy(part.step_indices(b, n), step_indices(first + b, n).begin());
        std::ranges::copy(part.step_weights(b, n), step_weights(first + b, n).begin());
      }
  }

  Index samples() const { return static_cast<Index>(length.size()); }  ///< of the batch
  /// The bank tokens of one step of a sample, [tokens_per_step]; -1 in slots that the step did not fill.
  std::span<Index> step_indices(Index sample, Index step) const { return slots(indices, sample, step); }
  /// The merge weights of the same tokens, [tokens_per_step]; 0 in slots that the step did not fill.
  std::span<T> step_weights(Index sample, Index step) const { return slots(weights, sample, step); }
  /// Calls visit(bank token, merge weight) for the bank tokens that one step of a sample read, largest score first.
  template <class Visit>
  void for_each_token(Index sample, Index step, const Visit& visit) const {
    const auto tokens = step_indices(sample, step);
    const auto of_tokens = step_weights(sample, step);
    for (std::size_t j = 0; j < tokens.size() && tokens[j] >= 0; ++j) visit(tokens[j], of_tokens[j]);
  }

 private:
  template <class Value>
  std::span<Value> slots(std::span<Value> all, Index sample, Index step) const {
    return all.subspan(static_cast<std::size_t>((sample * num_tape_tokens + step) * tokens_per_step), static_cast<std::size_t>(tokens_per_step));
  }
};

}  // namespace adatape::tape
