#pragma once
/// The pre-LN encoder block, as a layer:  x += MHA(LN_0(x)),  then  x += FFN(LN_1(x)),  both with LayerScale where it is asked for. And what a model tells any
/// block.
#include "adatape/nn/attention.hpp"
#include "adatape/nn/compose.hpp"
#include "adatape/nn/join.hpp"
#include "adatape/nn/layer_norm.hpp"
#include "adatape/nn/layer_scale.hpp"
#include "adatape/nn/mlp.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::nn {

/// What a block may have or not. The members have the names and the meaning of model/config.hpp.
struct BlockOptions {
  double layer_norm_epsilon = ops::kLayerNormEpsilon;  ///< what both LayerNorms add to the variance
  bool qkv_bias = true;                                ///< whether query, key and value have biases
  double layer_scale = 0;                              ///< initial value of gamma in both branches; 0: there is no LayerScale
};

/// What a model tells the block that its configuration names.
struct BlockSizes {
  int D;                                     ///< hidden size: the width of tokens
  int heads;                                 ///< of attention
  int mlp_dim;                               ///< hidden width of the FFN
  ops::GeluForm gelu = ops::GeluForm::tanh;  ///< of the FFN
  int tape_mlp_dim = 0;                      ///< hidden width of a separate FFN for tape tokens; 0: none
  BlockOptions options = BlockOptions{};     ///< as the configuration says
};

/// Multiply-accumulates of a block for one sample of that many own and tape tokens: Block::macs(own, tape), or else Block::macs(own + tape).
template <class Block>
constexpr double block_macs(double own, double tape) {
  if constexpr (requires { Block::macs(own, tape); }) {
    return Block::macs(own, tape);
  } else {
    static_assert(
        requires { Block::macs(own + tape); }, "macs: a block must have macs(own, tape) or macs(tokens)");
    return Block::macs(own + tape);
  }
}

/// FFN with two sets of weights. Own tokens go through `Own`, tape tokens through `Tape`. Each of the two computes only its own rows, which are copied for it.
template <class Own, class Tape>
struct SeparateTapeMlp {
  static_assert(Own::in == Tape::in, "SeparateTapeMlp<Own, Tape>: both networks must have the same token width");
  static constexpr int in = Own::in, out = Own::out;

  template <class T>
  struct Params {
    typename Own::template Params<T> own;
    typename Tape::template Params<T> tape;
    static constexpr auto fields() { return std::tuple(field("MlpBlock_0", &Params::own), field("tape_mlp", &Params::tape)); }
  };
  template <class T>
  struct Saved {
    typename Own::template Saved<T> own;
    typename Tape::template Saved<T> tape;
  };

  template <class T, class Stored = T>
  struct PackedWeights {
    packed_weights_as<Own, T, Stored> own;
    packed_weights_as<Tape, T, Stored> tape;
  };

  /// Multiply-accumulates for one sample of that many own and tape tokens.
  static constexpr double macs(double own, double tape) { return Own::macs(own) + Tape::macs(tape); }

  template <class T>
  static void forward(const Params<T>& p, ConstTokens<T, in> x, Tokens<T, out> y, Saved<T>& saved, const Context& context) {
    apart<in, out>(
        x, y, false, context, [&](auto own, auto own_out) { layer_forward<Own, T>(p.own, own, own_out, saved.own, context); },
        [&](auto tape, auto tape_out) { layer_forward<Tape, T>(p.tape, tape, tape_out, saved.tape, context); });
  }

  template <class T>
  static void backward(const Params<T>& p, const Saved<T>& saved, ConstTokens<T, out> dy, Tokens<T, in> dx, Params<T>& dp, const Context& context) {
    Arena::Scope scope(context.arena);
    apart<out, in>(
        dy, dx, false, context, [&](auto own, auto own_in) { layer_backward<Own, T>(p.own, saved.own, own, own_in, dp.own, context); },
        [&](auto tape, auto tape_in) { layer_backward<Tape, T>(p.tape, saved.tape, tape, tape_in, dp.tape, context); });
  }

  template <class T, class Stored = T>
  static PackedWeights<T, Stored> pack_weights(const Params<T>& p, Arena& arena, StoredAs<Stored> = {}) {
    return {pack_weights_as<Own, T, Stored>(p.own, arena), pack_weights_as<Tape, T, Stored>(p.tape, arena)};
  }
  /// The weights of gamma y, with gamma [out], for two networks that have this pack_weights (nn/layer_scale.hpp).
  template <class T, class Stored>
  static PackedWeights<T, Stored> pack_weights(const Params<T>& p, Arena& arena, StoredAs<Stored> stored, const T* gamma) {
    return {Own::pack_weights(p.own, arena, stored, gamma), Tape::pack_weights(p.tape, arena, stored, gamma)};
  }
  /// x, and in infer_add y, is copied before y is written.
  static constexpr bool infer_may_alias = true, infer_add_may_alias = true;
  template <class T, class Stored>
  static void infer(const PackedWeights<T, Stored>& p, ConstTokens<T, in> x, Tokens<T, out> y, const Context& context) {
    Arena::Scope scope(context.arena);
    apart<in, out>(
        x, y, false, context, [&](auto own, auto own_out) { nn::infer<Own, T>(p.own, own, own_out, context); },
        [&](auto tape, auto tape_out) { nn::infer<Tape, T>(p.tape, tape, tape_out, context); });
  }
  template <class T, class Stored>
  static void infer_add(const PackedWeights<T, Stored>& p, ConstTokens<T, in> x, Tokens<T, out> y, const Context& context) {
    Arena::Scope scope(context.arena);
    apart<in, out>(
        x, y, true, context, [&](auto own, auto own_out) { nn::infer_add<Own, T>(p.own, own, own_out, context); },
        [&](auto tape, auto tape_out) { nn::infer_add<Tape, T>(p.tape, tape, tape_out, context); });
  }

 private:
  /// y = own_mlp(own tokens of x), then tape_mlp(tape tokens of x), for each sample; or y +=, which the two functions do on copies of the rows of y. What they
  /// read and write is memory of the arena.
  template <int from, int to, class T, class OwnMlp, class TapeMlp>
  static void apart(ConstTokens<T, from> x, Tokens<T, to> y, bool accumulate, const Context& context, const OwnMlp& own_mlp, const TapeMlp& tape_mlp) {
    const OwnAndTape packings(x.packing, context.arena);
    const auto own = take_tokens<from, T>(packings.own, context.arena), tape = take_tokens<from, T>(packings.tape, context.arena);
    const auto own_out = take_tokens<to, T>(packings.own, context.arena), tape_out = take_tokens<to, T>(packings.tape, context.arena);
    split_rows(x, own, tape);
    if (accumulate) split_rows(y, own_out, tape_out);
    own_mlp(own, own_out);
    tape_mlp(tape, tape_out);
    join_rows(own_out, tape_out, y);
  }
};

namespace detail {

/// The FFN of a block: one for all tokens, or, with tape_mlp_dim > 0, another for tape tokens.
template <class OwnMlp, int tape_mlp_dim>
struct FeedForward {
  using type = SeparateTapeMlp<OwnMlp, GluMlp<OwnMlp::in, tape_mlp_dim>>;
};
template <class OwnMlp>
struct FeedForward<OwnMlp, 0> {
  using type = Named<"MlpBlock_0", OwnMlp>;
};

/// F, or gamma F(x) where the block has LayerScale.
template <FixedString name, class F, BlockOptions options>
using Scaled = std::conditional_t<options.layer_scale == 0, F, LayerScale<name, F, Init::constant(options.layer_scale)>>;

/// LayerNorm `name`, then F.
template <FixedString name, int D, BlockOptions options, class F>
using Normed = Chain<Named<name, LayerNorm<D, Epsilon{options.layer_norm_epsilon}>>, F>;

template <int D, class SelfAttention, class FeedForward, BlockOptions options>
using PreNormBlock =
    Chain<Skip<Normed<"LayerNorm_0", D, options, Scaled<"LayerScale_0/gamma", Named<"MultiHeadDotProductAttention_0", SelfAttention>, options>>, 0>,
          Skip<Normed<"LayerNorm_1", D, options, Scaled<"LayerScale_1/gamma", FeedForward, options>>, 1>>;

}  // namespace detail

/// Block of hidden size D with `heads` heads and an FFN of hidden width mlp_dim. With tape_mlp_dim > 0, tape tokens have an FFN of their own: a GluMlp of
/// hidden width tape_mlp_dim. With LayerScale  x += gamma_0 MHA(LN_0(x)),  then  x += gamma_1 FFN(LN_1(x)),  where gamma_1 multiplies both FFNs.
template <int D, int heads, int mlp_dim, ops::GeluForm gelu = ops::GeluForm::tanh, int tape_mlp_dim = 0, BlockOptions options = BlockOptions{}>
struct EncoderBlock
    : detail::PreNormBlock<D, Attention<D, heads, options.qkv_bias>, typename detail::FeedForward<Mlp<D, mlp_dim, gelu>, tape_mlp_dim>::type, options> {
  static_assert(options.layer_scale >= 0 && options.layer_scale < 1e6, "EncoderBlock: layer_scale must be 0 (none) or the initial value of gamma, below 1e6");
  using SelfAttention = Attention<D, heads, options.qkv_bias>;  ///< MHA
  using OwnMlp = Mlp<D, mlp_dim, gelu>;                         ///< the FFN of own tokens, and of tape tokens where they have none of their own
  /// FFN: both networks where tape tokens have one of their own.
  using FeedForward = typename detail::FeedForward<OwnMlp, tape_mlp_dim>::type;

  /// Multiply-accumulates for one sample of that many own and tape tokens.
  static constexpr double macs(double own, double tape) {
    if constexpr (tape_mlp_dim > 0)
      return SelfAttention::macs(own + tape) + FeedForward::macs(own, tape);
    else
      return SelfAttention::macs(own + tape) + OwnMlp::macs(own + tape);
  }
};

}  // namespace adatape::nn
