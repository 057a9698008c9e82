#pragma once
/// PonderNet encoder (Banino et al. 2021): a block applied up to act_max_steps times, with a prediction from the state behind every step and a learned
/// distribution over the steps. The equations are in docs/model.md, the gradients in docs/gradients.md.
///
/// In training every sample takes all steps, and the result holds the state behind each of them. In inference a sample leaves the batch at the step at which
/// Settings::halting ends it, and the result holds the state behind that step. For expectations inference takes all steps too.
#include <algorithm>
#include <array>
#include <optional>
#include <tuple>

#include "adatape/act/live_batch.hpp"
#include "adatape/act/options.hpp"
#include "adatape/act/pondernet_trace.hpp"
#include "adatape/act/repeated_block.hpp"
#include "adatape/act/token_halting.hpp"
#include "adatape/nn/block.hpp"
#include "adatape/nn/inference.hpp"
#include "adatape/ops/sums.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::act {

/// Config: hidden_size D, num_heads, mlp_dim, gelu and the members of HaltingDefaults. Block: a layer D -> D.
/// States of all steps are packed step behind step: of N steps of a batch of so many samples, "sample" n * samples + b is sample b behind step n.
/// Functions that take an Arena or a Context throw std::bad_alloc where there is no memory.
template <class Config, class Block_ = nn::EncoderBlock<Config::hidden_size, Config::num_heads, Config::mlp_dim, Config::gelu>>
struct PonderNetEncoder {
  static constexpr int D = Config::hidden_size;            ///< token width
  static constexpr int max_steps = Config::act_max_steps;  ///< the most applications of the block
  static_assert(max_steps >= 2, "PonderNetEncoder: act_max_steps must be at least 2");
  static_assert(Config::lambda_p > 0 && Config::lambda_p < 1, "PonderNetEncoder: lambda_p must be greater than 0 and less than 1");
  static_assert(Config::act_level == ActLevel::per_example, "PonderNetEncoder: act_level must be per_example, because a prediction is that of a whole sample");
  using Block = Block_;                                                      ///< what is repeated, D -> D
  using Blocks = RepeatedBlock<Block, max_steps, Config::share_parameters>;  ///< one Block for all steps, or one for each
  using Halting = TokenHalting<D>;                                           ///< makes lambda of a step of the state behind it

  template <class T>
  struct Params {
    typename Halting::template Params<T> step_halting_prob;
    /// `encoderblock` in checkpoints; `encoderblock_0`, `encoderblock_1` and so on without share_parameters.
    typename Blocks::template Params<T> block;
    static constexpr auto fields() { return std::tuple(field("act/step_halting_prob", &Params::step_halting_prob), field(Blocks::name, &Params::block)); }
  };

  template <class T>
  using Trace = PonderNetTrace<T>;  ///< steps taken, lambda and p of every sample
  /// An empty record of a batch in inference under these settings. A view into `arena`.
  template <class T>
  static Trace<T> start_trace(Index samples, Index, const Settings& settings, Arena& arena) {
    return Trace<T>::start(samples, max_steps, is_expectation(settings.halting) ? max_steps : 1, Config::lambda_p, arena);
  }

  template <class T>
  struct Saved {
    Tokens<const T, D> input;
    Tokens<T, D> states;                                         ///< behind every step
    std::array<T*, std::size_t{max_steps}> token_probability{};  ///< [own tokens of all samples] for every step but the last
    /// With Settings::recompute backward computes these again.
    std::array<typename Block::template Saved<T>, std::size_t{max_steps}> block;
    Trace<T> trace;
  };

  /// Multiply-accumulates of sample b with `own` tokens.
  template <class T>
  static double macs(const Trace<T>& trace, std::size_t b, double own, double /*candidates*/, Index /*patch*/) {
    const int steps = trace.steps(static_cast<Index>(b));
    return steps * nn::block_macs<Block>(own, 0) + std::min(steps, max_steps - 1) * Halting::macs(own);
  }

  /// Returns the states behind all steps, [max_steps * samples * own tokens, D], a view into the arena. x is [samples * own tokens, D], is not changed, and
  /// must stay alive until backward is done. Every sample has exactly packing.own tokens. The bank is not used. Fills saved.trace.
  template <class T, class Bank>
  static Tokens<T, D> forward(const Params<T>& p, Tokens<T, D> x, const Bank&, Saved<T>& saved, const Context& context) {
    const Index samples = x.packing.samples();
    const LiveBatch<T, D> all(x, context.arena);
    saved.input = x;
    saved.states = take_states<T>(x.packing, context.arena);
    saved.trace = Trace<T>::start(samples, max_steps, max_steps, Config::lambda_p, context.arena);
    for (int t = 0; t < max_steps; ++t) {
      const auto at = static_cast<std::size_t>(t);
      const auto state = state_of(saved.states, t, x.packing);
      {
        std::optional<Arena::Scope> scope;
        if (context.settings.recompute) scope.emplace(context.arena);
        layer_forward<Block, T>(Blocks::at(p.block, t), input_of(saved, t), state, saved.block[at], Blocks::in_step(context, t));
      }
      saved.token_probability[at] = decide(p.step_halting_prob, state, all.sample, t, saved.trace, context.arena);
    }
    std::ranges::fill(saved.trace.halted, true);
    saved.trace.finish();
    return saved.states;
  }

  /// dy has the shape of forward's result. gradient.dponder is [samples], gradient.dprobability [samples, max_steps] the gradient with respect to p. dx, with
  /// the shape of x, is written. dp is added to. The bank has no gradient.
  template <class T, class Gradient>
  static void backward(const Params<T>& p, const Saved<T>& saved, ConstTokens<T, D> dy, const Gradient& gradient, Tokens<T, D> dx, T*, Params<T>& dp,
                       const Context& context) {
    Arena::Scope scope(context.arena);
    const Packing& packing = saved.input.packing;
    const Index own = packing.own;
    const T* const dlambda = lambda_gradient(saved.trace, gradient, context.arena);
    const auto dstate = take_tokens<D, T>(packing, context.arena);
    for (int t = max_steps - 1; t >= 0; --t) {
      Arena::Scope step_scope(context.arena);
      const auto at = static_cast<std::size_t>(t);
      const Context inner = Blocks::in_step(context, t);
      std::copy_n(dy.data + t * dstate.size(), dstate.size(), dstate.data);
      if (t + 1 < max_steps) {
        ops::add(dx.data, dx.size(), dstate.data);  // through the later steps
        const auto upstream = [&](Index i) { return dlambda[i / own * max_steps + t] / static_cast<T>(own); };
        Halting::add_gradients(p.step_halting_prob, saved.states.data + t * dstate.size(), saved.token_probability[at], upstream, dstate, dp.step_halting_prob,
                               context);
      }
      auto block_saved = saved.block[at];
      if (context.settings.recompute)
        layer_forward<Block, T>(Blocks::at(p.block, t), input_of(saved, t), take_tokens<D, T>(packing, context.arena), block_saved, inner);
      layer_backward<Block, T>(Blocks::at(p.block, t), block_saved, dstate, dx, Blocks::at(dp.block, t), inner);
    }
  }

  /// The weights for inference, views into the arena given to pack_weights. The parameters may go away then.
  template <class T, class Stored = T>
  struct PackedWeights {
    typename Halting::template PackedWeights<T> step_halting_prob;
    typename Blocks::template PackedWeights<T, Stored> block;
  };
  template <class T, class Stored = T>
  static PackedWeights<T, Stored> pack_weights(const Params<T>& p, Arena& arena, StoredAs<Stored> = {}) {
    return {Halting::pack_weights(p.step_halting_prob, arena), Blocks::template pack_weights<T, Stored>(p.block, arena)};
  }

  /// The states behind the steps at which the samples halted, [samples * own tokens, D]; for expectations those behind all steps, as forward returns them.
  /// Keeps nothing that backward needs. x is overwritten. The result and `trace` are views into the arena.
  template <class T, class Stored, class Bank>
  static Tokens<T, D> infer(const PackedWeights<T, Stored>& p, Tokens<T, D> x, const Bank&, Trace<T>& trace, const Context& context) {
    Arena& arena = context.arena;
    const HaltingRule rule = context.settings.halting;
    trace = start_trace<T>(x.packing.samples(), x.packing.own, context.settings, arena);
    const auto out = is_expectation(rule) ? take_states<T>(x.packing, arena) : take_tokens<D, T>(x.packing, arena);
    LiveBatch<T, D> live(x, arena);
    for (int t = 0; t < max_steps && live.samples() > 0; ++t) {
      const Context inner = Blocks::in_step(context, t);
      nn::infer_in_place<Block, T>(Blocks::at(p.block, t), live.tokens, inner);
      {
        Arena::Scope scope(arena);
        decide(p.step_halting_prob, live.tokens, live.sample, t, trace, arena);
      }
      if (is_expectation(rule)) {
        std::copy_n(live.tokens.data, live.tokens.size(), state_of(out, t, x.packing).data);
        continue;
      }
      for (Index i = 0; i < live.samples(); ++i) {
        const Index b = live.sample[static_cast<std::size_t>(i)];
        if (!halts(rule, trace, b, inner)) continue;
        trace.halted[static_cast<std::size_t>(b)] = true;
        std::copy_n(live.tokens.row(i * x.packing.own), x.packing.own * D, out.row(x.packing.begin(b)));
      }
      live = live.next(live.tokens, trace, arena);
    }
    std::ranges::fill(trace.halted, true);
    trace.finish();
    return out;
  }

 private:
  /// Room for the states behind all steps of a batch of that packing.
  template <class T>
  static Tokens<T, D> take_states(const Packing& packing, Arena& arena) {
    return take_tokens<D, T>(uniform_packing(max_steps * packing.samples(), packing.own, arena, packing.prefix), arena);
  }
  /// The states behind step t, of those behind all steps.
  template <class T>
  static Tokens<T, D> state_of(const Tokens<T, D>& states, int t, const Packing& packing) {
    return {states.data + t * packing.rows() * D, packing};
  }
  /// What the block saw in step t.
  template <class T>
  static Tokens<const T, D> input_of(const Saved<T>& saved, int t) {
    if (t == 0) return saved.input;
    return state_of(saved.states, t - 1, saved.input.packing);
  }

  /// Writes lambda of step t of the samples with these numbers, which `state` holds, and counts the step. Returns the probabilities of the tokens, memory of
  /// the arena; none for the last step. Weights: Params or PackedWeights of Halting.
  template <class Weights, class T>
  static T* decide(const Weights& p, const Tokens<T, D>& state, std::span<const Index> sample, int t, const Trace<T>& trace, Arena& arena) {
    const Index own = state.packing.own;
    const bool last = t + 1 == max_steps;
    T* const probability = last ? nullptr : Halting::probabilities(p, state, arena);
    for (std::size_t i = 0; i < sample.size(); ++i) {
      trace.taken[static_cast<std::size_t>(sample[i])] = t + 1;
      if (!last) trace.lambda_of(sample[i]).back() = std::clamp(Halting::mean(probability + static_cast<Index>(i) * own, own), least<T>, most<T>);
    }
    return probability;
  }
  template <class T>
  static constexpr T least = static_cast<T>(kLambdaMargin);
  template <class T>
  static constexpr T most = static_cast<T>(1 - kLambdaMargin);

  /// Whether sample b halts at the step that it took last, to which the context belongs.
  template <class T>
  static bool halts(HaltingRule rule, const Trace<T>& trace, Index b, const Context& context) {
    const std::span<const T> lambda = trace.lambda_of(b);
    if (std::ssize(lambda) == max_steps) return true;
    if (rule == HaltingRule::sample) return context.stream(Purpose::halting, b).uniform(0) < static_cast<double>(lambda.back());
    return going_on_after(lambda) <= 0.5;
  }

  /// [samples, max_steps] the gradient with respect to the means of the tokens' probabilities, memory of the arena. A mean outside of the margins has none.
  template <class T, class Gradient>
  static const T* lambda_gradient(const Trace<T>& trace, const Gradient& gradient, Arena& arena) {
    T* const dlambda = arena.take<T>(trace.samples() * max_steps);
    for (Index b = 0; b < trace.samples(); ++b) {
      const std::span<const T> lambda = trace.lambda_of(b);
      std::array<double, std::size_t{max_steps}> values{};
      std::copy_n(gradient.dprobability + b * max_steps, max_steps, values.begin());
      halting_gradient_in_place(lambda, static_cast<double>(gradient.dponder[b]), Config::lambda_p, std::span<double>(values));
      for (std::size_t n = 0; n < values.size(); ++n)
        dlambda[b * max_steps + static_cast<Index>(n)] = lambda[n] > least<T> && lambda[n] < most<T> ? static_cast<T>(values[n]) : T(0);
    }
    return dlambda;
  }
};

}  // namespace adatape::act
