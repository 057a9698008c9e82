#pragma once
/// The block that an adaptive encoder applies in every step: one for all steps, or one for each.
#include <array>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "adatape/core/context.hpp"
#include "adatape/core/stored.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::act {

/// Block: a layer D -> D. max_steps: at least 1.
template <class Block, int max_steps, bool shared>
struct RepeatedBlock {
  /// One Part for all steps, or one for each.
  template <class Part>
  using ForSteps = std::conditional_t<shared, Part, std::array<Part, std::size_t{max_steps}>>;
  template <class T>
  using Params = ForSteps<typename Block::template Params<T>>;
  template <class T, class Stored = T>
  using PackedWeights = ForSteps<packed_weights_as<Block, T, Stored>>;

  /// The name of the parameters in a tree.
  static constexpr std::string_view name = shared ? "encoderblock" : "encoderblock_";

  /// The parameters, packed weights or gradients of step t.
  template <class Blocks>
  static auto& at(Blocks& blocks, [[maybe_unused]] int t) {
    if constexpr (shared)
      return blocks;
    else
      return blocks[static_cast<std::size_t>(t)];
  }

  template <class T, class Stored = T>
  static PackedWeights<T, Stored> pack_weights(const Params<T>& p, Arena& arena) {
    PackedWeights<T, Stored> packed{};
    for (int t = 0; t < (shared ? 1 : max_steps); ++t) at(packed, t) = pack_weights_as<Block, T, Stored>(at(p, t), arena);
    return packed;
  }

  /// The context of step t.
  static Context in_step(const Context& context, int t) {
    Context inner = context;
    inner.block = static_cast<std::uint32_t>(t);
    inner.branch_drop = context.training && max_steps > 1 ? context.settings.stochastic_depth * t / (max_steps - 1) : 0;
    return inner;
  }
};

}  // namespace adatape::act
