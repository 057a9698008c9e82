#pragma once
/// One step of adaptive computation time. Before the block, decide() says which halting units halt. After the block, mix() adds its result to the output.
#include <algorithm>
#include <functional>

#include "adatape/act/live_batch.hpp"
#include "adatape/act/options.hpp"
#include "adatape/act/token_halting.hpp"
#include "adatape/act/trace.hpp"
#include "adatape/ops/row_dots.hpp"
#include "adatape/ops/sums.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::act {

/// Config: as for ActEncoder. A halting unit is a sample (with the mean of its tokens' probabilities) or a token.
/// Functions that take an Arena or a Context throw std::bad_alloc where there is no memory.
template <class Config>
struct ActStep {
  static constexpr int D = Config::hidden_size;                                ///< token width
  static constexpr bool per_token = Config::act_level == ActLevel::per_token;  ///< whether the halting unit is a token
  static constexpr bool basic = Config::act_type == ActType::basic;            ///< whether mix() scales the output before it adds
  using Halting = TokenHalting<D>;                                             ///< makes the probabilities of tokens

  /// What a step leaves for mix and backward. Views into the arena.
  template <class T>
  struct Saved {
    LiveBatch<T, D> live;                            ///< the state before the block
    T* probability = nullptr;                        ///< [live rows] sigmoid of every token's halting score
    typename HaltingState<T>::Step* step = nullptr;  ///< [live samples, units]
    Tokens<const T, D> state;                        ///< the block's result
    Tokens<T, D> before;                             ///< the live samples' output before mixing (act_type basic)
  };

  /// Halting units of a sample with that many tokens.
  static constexpr Index units(Index tokens) { return per_token ? tokens : 1; }

  /// p_i = sigmoid(x_i w + b) of every live token. The probability of a unit is p_i (per_token) or the mean of p_i over the sample (per_example). Then every
  /// unit of the live samples takes a step (HaltingState::advance). Weights: Params or PackedWeights of Halting. Fills saved.live, probability and step.
  template <class Weights, class T>
  static void decide(const Weights& p, const LiveBatch<T, D>& live, ActTrace<T>& trace, Saved<T>& saved, const Context& context) {
    const Index own = live.tokens.packing.own;
    saved.live = live;
    saved.probability = Halting::probabilities(p, live.tokens, context.arena);
    saved.step = context.arena.take<typename HaltingState<T>::Step>(live.samples() * trace.units);
    const auto threshold = static_cast<T>(1 - Config::act_epsilon);
    for (Index i = 0; i < live.samples(); ++i) {
      const auto units = trace.sample(live.sample[static_cast<std::size_t>(i)]);
      const T* probability = saved.probability + i * own;
      for (Index u = 0; u < trace.units; ++u) {
        const T unit_probability = per_token ? probability[u] : Halting::mean(probability, own);
        saved.step[i * trace.units + u] = units[static_cast<std::size_t>(u)].advance(unit_probability, threshold);
      }
    }
  }

  /// Adds the gradients of decide to dinput [live rows, D] and dp. dprobability [live samples, units].
  /// dp_i = dp_unit (per_token) or dp_unit / own (per_example)
  template <class T>
  static void add_decide_gradients(const typename Halting::template Params<T>& p, const Saved<T>& saved, const T* dprobability, Tokens<T, D> dinput,
                                   typename Halting::template Params<T>& dp, const Context& context) {
    const Index own = dinput.packing.own;
    const auto upstream = [&](Index i) { return per_token ? dprobability[i] : dprobability[i / own] / static_cast<T>(own); };
    Halting::add_gradients(p, saved.live.tokens.data, saved.probability, upstream, dinput, dp, context);
  }

  /// out = state w + out (1 - w) (basic) or out + state w (accumulated), where w is the weight of the unit at this step.
  /// state [live rows, D]. out [rows of the whole batch, D]: only rows of live samples change. state and out do not overlap.
  /// keep: saves in `arena` what mix_backward_in_place needs. saved.state is a view of `state`, which must stay alive until mix_backward_in_place is done.
  template <class T>
  static void mix(ConstTokens<T, D> state, Saved<T>& saved, Tokens<T, D> out, bool keep, Arena& arena) {
    saved.state = state;
    if (keep && basic) {
      saved.before = take_tokens<D, T>(state.packing, arena);
      saved.live.gather(out, saved.before);
    }
    for_each_token(saved, out.packing, [&](T weight, Index in_live, Index in_whole, Index) {
      const T* from = state.row(in_live);
      T* to = out.row(in_whole);
      if (basic) std::transform(to, to + D, to, [&](T value) { return value * (1 - weight); });
      ops::add_scaled(weight, from, D, to);
    });
  }

  /// Gradient of mix and of ponder = U + R, of which U has none. A step that goes on has the weight p. The step that halts has R = 1 - (sum of all p before).
  ///     dw = dout . (state - out before mixing) (basic) or dout . state (accumulated), summed over the tokens of the unit
  ///     dstate += w dout;   then dout = dout (1 - w) (basic) or dout (accumulated)
  ///     dR = dw + dponder at the step that halts;   dp = dw - dR at a step that goes on, 0 at every other step
  /// Steps are called last first. Three arguments are changed in place. dout [rows of the whole batch, D] becomes the gradient of the output before mixing.
  /// dstate [live rows, D], the gradient by the later steps, becomes the whole gradient of the state. halted [samples, units] carries dR from the halting step
  /// to the earlier ones; it must be 0 before the last step's call. dponder is [samples].
  /// Returns dp [live samples, units], a view into `arena`.
  template <class T>
  static T* mix_backward_in_place(const Saved<T>& saved, Tokens<T, D> dout, const T* dponder, T* halted, Tokens<T, D> dstate, Index units, Arena& arena) {
    const Index count = saved.live.samples() * units;
    T* dweight = arena.take<T>(count);
    std::fill_n(dweight, count, T(0));
    for_each_token(saved, dout.packing, [&](T weight, Index in_live, Index in_whole, Index unit) {
      Arena::Scope scope(thread_arena());
      const T* change = saved.state.row(in_live);  // d out / d weight
      if (basic) {
        T* const difference = thread_arena().take<T>(D);
        std::transform(change, change + D, saved.before.row(in_live), difference, std::minus<>{});
        change = difference;
      }
      T* const upstream = dout.row(in_whole);
      T of_token;
      ops::row_dots(change, 1, D, upstream, &of_token);
      dweight[unit] += of_token;
      ops::add_scaled(weight, upstream, D, dstate.row(in_live));
      if (basic) std::transform(upstream, upstream + D, upstream, [&](T value) { return value * (1 - weight); });
    });
    for (Index unit = 0; unit < count; ++unit) {
      const Index b = saved.live.sample[static_cast<std::size_t>(unit / units)];
      T& remainder_gradient = halted[b * units + unit % units];
      const auto& step = saved.step[unit];
      if (step.halts) remainder_gradient = dweight[unit] + dponder[b];
      dweight[unit] = step.goes_on ? dweight[unit] - remainder_gradient : T(0);
    }
    return dweight;
  }

 private:
  /// Calls f(weight, row in the live batch, row in the whole batch, unit) for every live token.
  template <class T, class F>
  static void for_each_token(const Saved<T>& saved, const Packing& whole, const F& f) {
    const Index own = whole.own;
    parallel_for(saved.live.samples(), [&](Index i) {
      for (Index n = 0; n < own; ++n) {
        const Index unit = per_token ? i * own + n : i;
        f(saved.step[unit].weight, i * own + n, whole.begin(saved.live.sample[static_cast<std::size_t>(i)]) + n, unit);
      }
    });
  }
};

}  // namespace adatape::act
