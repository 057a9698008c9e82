#pragma once
/// Dropout (Srivastava et al. 2014). The mask is a function of (seed, step, sample, block, place). So backward draws the mask again, and nothing is saved.
#include <algorithm>

#include "adatape/core/context.hpp"
#include "adatape/core/parallel.hpp"
#include "adatape/core/tokens.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::nn {

/// Where in a block a mask is drawn.
enum class DropoutPlace : std::uint32_t { position_embedding, attention_output, mlp_hidden, mlp_output, tape_mlp_hidden, tape_mlp_output };

/// In place: an element is set to 0 with probability settings.dropout, else divided by 1 - settings.dropout. Applied to activations in forward and to their
/// gradients in backward. Does nothing outside training. Throws as parallel_for does.
template <int D, class T>
void dropout_in_place(Tokens<T, D> x, DropoutPlace place, const Context& context) {
  if (!context.drops()) return;
  const double rate = context.settings.dropout;
  const T kept = static_cast<T>(1 / (1 - rate));
  parallel_for(x.packing.samples(), [&](Index b) {
    const Stream stream = context.stream(Purpose::dropout, b, static_cast<std::uint32_t>(place));
    T* values = x.row(x.packing.begin(b));
    const Index count = x.packing.length(b) * D;
    for (Index i = 0; i < count; i += 4) {
      const auto words = stream.block(static_cast<std::uint32_t>(i / 4));
      for (Index j = i; j < count && j < i + 4; ++j) values[j] *= Stream::to_uniform(words[static_cast<std::size_t>(j - i)]) < rate ? T(0) : kept;
    }
  });
}

/// The gradient of the input of a dropout: dy itself where dropout does not act, else a masked copy in the arena. Leaves dy as it is. Throws std::bad_alloc if
/// there is no memory.
template <int D, class T>
Tokens<T, D> dropout_gradient(Tokens<T, D> dy, DropoutPlace place, const Context& context) {
  if (!context.drops()) return dy;
  const auto masked = take_tokens<D, std::remove_const_t<T>>(dy.packing, context.arena);
  std::copy_n(dy.data, dy.size(), masked.data);
  dropout_in_place(masked, place, context);
  return masked;
}

}  // namespace adatape::nn
