#pragma once
/// Universal Transformer encoder with adaptive computation time (Graves 2016; Dehghani et al. 2019). The block is applied until every halting unit has
/// halted, at most act_max_steps times. The equations are in docs/model.md, the gradients in docs/gradients.md.
///
/// A sample leaves the batch when none of its units runs, so a halted sample costs nothing. Halted tokens of a running sample stay in the batch, because
/// the tokens that run attend to them.
#include <algorithm>
#include <array>
#include <optional>
#include <tuple>

#include "adatape/act/act_step.hpp"
#include "adatape/act/repeated_block.hpp"
#include "adatape/nn/block.hpp"
#include "adatape/nn/inference.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::act {

/// Config: hidden_size D, num_heads, mlp_dim, gelu and the members of HaltingDefaults. Block: a layer D -> D.
/// Functions that take an Arena or a Context throw std::bad_alloc where there is no memory.
template <class Config, class Block_ = nn::EncoderBlock<Config::hidden_size, Config::num_heads, Config::mlp_dim, Config::gelu>>
struct ActEncoder {
  static constexpr int D = Config::hidden_size;            ///< token width
  static constexpr int max_steps = Config::act_max_steps;  ///< the most applications of the block
  static_assert(max_steps >= 1, "ActEncoder: act_max_steps must be at least 1");
  static_assert(Config::act_epsilon >= 0 && Config::act_epsilon < 1, "ActEncoder: act_epsilon must lie in [0, 1)");
  using Block = Block_;                                                      ///< what is repeated, D -> D
  using Blocks = RepeatedBlock<Block, max_steps, Config::share_parameters>;  ///< one Block for all steps, or one for each
  using Steps = ActStep<Config>;                                             ///< what is done before and after the block

  template <class T>
  struct Params {
    typename Steps::Halting::template Params<T> step_halting_prob;
    /// `encoderblock` in checkpoints; `encoderblock_0`, `encoderblock_1` and so on without share_parameters.
    typename Blocks::template Params<T> block;
    static constexpr auto fields() {
      return std::tuple(field("act/step_halting_prob", &Params::step_halting_prob), field(Blocks::name, &Params::block));
    }
  };

  template <class T>
  using Trace = ActTrace<T>;  ///< the state of every halting unit
  /// An empty record of a batch whose samples have `own` tokens each. A view into `arena`. No setting acts on it.
  template <class T>
  static Trace<T> start_trace(Index samples, Index own, const Settings&, Arena& arena) {
    return Trace<T>::start(samples, Steps::units(own), arena);
  }

  template <class T>
  struct Saved {
    Packing packing;  ///< of the whole batch
    /// One entry a step; those of steps that were not taken are empty. With Settings::recompute backward computes the entries of `block` again.
    std::array<typename Steps::template Saved<T>, std::size_t{max_steps}> step;
    std::array<typename Block::template Saved<T>, std::size_t{max_steps}> block;
    Trace<T> trace;
  };

  /// Multiply-accumulates of sample b with `own` tokens: steps of its unit that ran longest x (block + halting score).
  template <class T>
  static double macs(const Trace<T>& trace, std::size_t b, double own, double /*candidates*/, Index /*patch*/) {
    return static_cast<double>(trace.steps(static_cast<Index>(b))) * (nn::block_macs<Block>(own, 0) + Steps::Halting::macs(own));
  }

  /// Returns the output [samples * own tokens, D], a view into the arena. x has the same shape, is not changed, and must stay alive until backward is done.
  /// Every sample has exactly packing.own tokens. The bank is not used.
  template <class T, class Bank>
  static Tokens<T, D> forward(const Params<T>& p, Tokens<T, D> x, const Bank&, Saved<T>& saved, const Context& context) {
    saved.packing = x.packing;
    return take_steps(
        p, x, saved.trace, true, context, [&](int t) -> auto& { return saved.step[static_cast<std::size_t>(t)]; },
        [&](const LiveBatch<T, D>& live, int t) {
          const auto state = take_tokens<D, T>(live.tokens.packing, context.arena);
          std::optional<Arena::Scope> scope;
          if (context.settings.recompute) scope.emplace(context.arena);
          layer_forward<Block, T>(Blocks::at(p.block, t), live.tokens, state, saved.block[static_cast<std::size_t>(t)], in_step(context, live, t));
          return state;
        });
  }

  /// dy and dx have the shape of x, dponder is [samples]. dx is written, and may be dy. dp is added to. The bank has no gradient.
  template <class T>
  static void backward(const Params<T>& p, const Saved<T>& saved, ConstTokens<T, D> dy, const T* dponder, Tokens<T, D> dx, T*, Params<T>& dp,
                       const Context& context) {
    Arena::Scope scope(context.arena);
    Arena& arena = context.arena;
    const auto dout = take_tokens<D, T>(dy.packing, arena);
    std::copy_n(dy.data, dy.size(), dout.data);
    const auto halted = arena.take_span<T>(static_cast<Index>(saved.trace.state.size()));
    std::ranges::fill(halted, T(0));
    std::fill_n(dx.data, dx.size(), T(0));  // holds the gradient of every sample's state, step by step
    for (int t = saved.trace.steps() - 1; t >= 0; --t) {
      Arena::Scope step_scope(arena);
      const auto& step = saved.step[static_cast<std::size_t>(t)];
      const auto dstate = take_tokens<D, T>(step.live.tokens.packing, arena), dinput = take_tokens<D, T>(step.live.tokens.packing, arena);
      step.live.gather(dx, dstate);
      T* dprobability = Steps::mix_backward_in_place(step, dout, dponder, halted.data(), dstate, saved.trace.units, arena);
      auto block_saved = saved.block[static_cast<std::size_t>(t)];
      if (context.settings.recompute)
        layer_forward<Block, T>(Blocks::at(p.block, t), step.live.tokens, take_tokens<D, T>(dstate.packing, arena), block_saved,
                                in_step(context, step.live, t));
      layer_backward<Block, T>(Blocks::at(p.block, t), block_saved, dstate, dinput, Blocks::at(dp.block, t), in_step(context, step.live, t));
      Steps::add_decide_gradients(p.step_halting_prob, step, dprobability, dinput, dp.step_halting_prob, context);
      step.live.scatter(dinput, dx);
    }
  }

  /// The weights for inference, views into the arena given to pack_weights. The parameters may go away then.
  template <class T, class Stored = T>
  struct PackedWeights {
    typename Steps::Halting::template PackedWeights<T> step_halting_prob;
    typename Blocks::template PackedWeights<T, Stored> block;
  };
  template <class T, class Stored = T>
  static PackedWeights<T, Stored> pack_weights(const Params<T>& p, Arena& arena, StoredAs<Stored> = {}) {
    return {Steps::Halting::pack_weights(p.step_halting_prob, arena), Blocks::template pack_weights<T, Stored>(p.block, arena)};
  }

  /// Forward without keeping what backward needs. x is overwritten. The result and `trace` are views into the arena.
  template <class T, class Stored, class Bank>
  static Tokens<T, D> infer(const PackedWeights<T, Stored>& p, Tokens<T, D> x, const Bank&, Trace<T>& trace, const Context& context) {
    typename Steps::template Saved<T> step;
    return take_steps(
        p, x, trace, false, context, [&](int) -> auto& { return step = {}; },
        [&](const LiveBatch<T, D>& live, int t) {
          nn::infer_in_place<Block, T>(Blocks::at(p.block, t), live.tokens, context);
          return live.tokens;
        });
  }

 private:
  /// Takes steps until no unit runs. Returns the output, and fills `trace`. Weights: Params or PackedWeights. step_of(t) is the record of step t, and
  /// apply_block(live, t) the state behind the block. `keeps` says whether the records are needed by backward.
  template <class Weights, class T, class StepOf, class ApplyBlock>
  static Tokens<T, D> take_steps(const Weights& p, Tokens<T, D> x, Trace<T>& trace, bool keeps, const Context& context, const StepOf& step_of,
                                 const ApplyBlock& apply_block) {
    trace = start_trace<T>(x.packing.samples(), x.packing.own, context.settings, context.arena);
    const auto out = take_tokens<D, T>(x.packing, context.arena);
    std::fill_n(out.data, out.size(), T(0));
    LiveBatch<T, D> live(x, context.arena);
    for (int t = 0; t < max_steps && live.samples() > 0; ++t) {
      auto& step = step_of(t);
      Steps::decide(p.step_halting_prob, live, trace, step, context);
      const auto state = apply_block(live, t);
      Steps::mix(state, step, out, keeps, context.arena);
      live = live.next(state, trace, context.arena);
    }
    return out;
  }
  template <class T>
  static Context in_step(const Context& context, const LiveBatch<T, D>& live, int t) {
    Context inner = Blocks::in_step(context, t);
    inner.sample_numbers = live.numbers(context);
    return inner;
  }
};

}  // namespace adatape::act
