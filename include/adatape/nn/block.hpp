#pragma once
/// The pre-LN encoder block, as a layer:  x += MHA(LN_0(x)),  then  x += FFN(LN_1(x)). And the sizes that a model tells any block.
#include "adatape/nn/attention.hpp"
#include "adatape/nn/compose.hpp"
#include "adatape/nn/join.hpp"
#include "adatape/nn/layer_norm.hpp"
#include "adatape/nn/mlp.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::nn {

/// What a model tells the block that its configuration names.
struct BlockSizes {
  int D, heads, mlp_dim;  ///< hidden size, number of heads, hidden width of the FFN
  ops::GeluForm gelu = ops::GeluForm::tanh;
  int tape_mlp_dim = 0;  ///< hidden width of a separate FFN for tape tokens; 0: none
};

/// Multiply-accumulates of a block for one sample of that many own and tape tokens: Block::macs(own, tape), or else Block::macs(own + tape).
template <class Block>
constexpr double block_macs(double own, double tape) {
  if constexpr (requires { Block::macs(own, tape); }) {
    return Block::macs(own, tape);
  } else {
    static_assert(requires { Block::macs(own + tape); }, "macs: a block must have macs(own, tape) or macs(tokens)");
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

  template <class T>
  struct Packed {
    typename Own::template Packed<T> own;
    typename Tape::template Packed<T> tape;
  };

  /// Multiply-accumulates for one sample of that many own and tape tokens.
  static constexpr double macs(double own, double tape) { return Own::macs(own) + Tape::macs(tape); }

  template <class T>
  static void forward(const Params<T>& p, ConstTokens<T, in> x, Tokens<T, out> y, Saved<T>& saved, const Context& context) {
    const OwnAndTape packings(x.packing, context.arena);
    const auto own = take_tokens<in, T>(packings.own, context.arena), tape = take_tokens<in, T>(packings.tape, context.arena);
    const auto own_out = take_tokens<out, T>(packings.own, context.arena), tape_out = take_tokens<out, T>(packings.tape, context.arena);
    split_rows(x, own, tape);
    layer_forward<Own, T>(p.own, own, own_out, saved.own, context);
    layer_forward<Tape, T>(p.tape, tape, tape_out, saved.tape, context);
    join_rows(own_out, tape_out, y);
  }

  template <class T>
  static void backward(const Params<T>& p, const Saved<T>& saved, ConstTokens<T, out> dy, Tokens<T, in> dx, Params<T>& dp, const Context& context) {
    Arena::Scope scope(context.arena);
    const OwnAndTape packings(dy.packing, context.arena);
    const auto own = take_tokens<in, T>(packings.own, context.arena), tape = take_tokens<in, T>(packings.tape, context.arena);
    const auto own_in = take_tokens<in, T>(packings.own, context.arena), tape_in = take_tokens<in, T>(packings.tape, context.arena);
    split_rows(dy, own, tape);
    layer_backward<Own, T>(p.own, saved.own, own, own_in, dp.own, context);
    layer_backward<Tape, T>(p.tape, saved.tape, tape, tape_in, dp.tape, context);
    join_rows(own_in, tape_in, dx);
  }

  template <class T>
  static Packed<T> pack(const Params<T>& p, Arena& arena) {
    return {Own::pack(p.own, arena), Tape::pack(p.tape, arena)};
  }
  /// x, and in infer_add y, is copied before y is written.
  static constexpr bool infer_may_alias = true, infer_add_may_alias = true;
  template <class T>
  static void infer(const Packed<T>& p, ConstTokens<T, in> x, Tokens<T, out> y, const Context& context) {
    Arena::Scope scope(context.arena);
    const OwnAndTape packings(x.packing, context.arena);
    const auto own = take_tokens<in, T>(packings.own, context.arena), tape = take_tokens<in, T>(packings.tape, context.arena);
    const auto own_out = take_tokens<out, T>(packings.own, context.arena), tape_out = take_tokens<out, T>(packings.tape, context.arena);
    split_rows(x, own, tape);
    nn::infer<Own, T>(p.own, own, own_out, context);
    nn::infer<Tape, T>(p.tape, tape, tape_out, context);
    join_rows(own_out, tape_out, y);
  }
  template <class T>
  static void infer_add(const Packed<T>& p, ConstTokens<T, in> x, Tokens<T, out> y, const Context& context) {
    Arena::Scope scope(context.arena);
    const OwnAndTape packings(x.packing, context.arena);
    const auto own = take_tokens<in, T>(packings.own, context.arena), tape = take_tokens<in, T>(packings.tape, context.arena);
    const auto own_out = take_tokens<out, T>(packings.own, context.arena), tape_out = take_tokens<out, T>(packings.tape, context.arena);
    split_rows(x, own, tape);
    split_rows(y, own_out, tape_out);
    nn::infer_add<Own, T>(p.own, own, own_out, context);
    nn::infer_add<Tape, T>(p.tape, tape, tape_out, context);
    join_rows(own_out, tape_out, y);
  }
};

/// Block of hidden size D with `heads` heads and an FFN of hidden width mlp_dim. With tape_mlp_dim > 0, tape tokens have an FFN of their own: a GluMlp of
/// hidden width tape_mlp_dim.
template <int D, int heads, int mlp_dim, ops::GeluForm gelu = ops::GeluForm::tanh, int tape_mlp_dim = 0>
struct EncoderBlock {
  using SelfAttention = Attention<D, heads>;
  using OwnMlp = Mlp<D, mlp_dim, gelu>;
  template <int width>
  struct ChooseMlp {
    using type = SeparateTapeMlp<OwnMlp, GluMlp<D, width>>;
  };
  template <int width>
    requires(width == 0)
  struct ChooseMlp<width> {
    using type = Named<"MlpBlock_0", OwnMlp>;
  };
  using FeedForward = typename ChooseMlp<tape_mlp_dim>::type;
  using Composition = Chain<Skip<Chain<Named<"LayerNorm_0", LayerNorm<D>>, Named<"MultiHeadDotProductAttention_0", SelfAttention>>, 0>,
                            Skip<Chain<Named<"LayerNorm_1", LayerNorm<D>>, FeedForward>, 1>>;
  static constexpr int in = D, out = D;
  template <class T>
  using Params = typename Composition::template Params<T>;
  template <class T>
  using Saved = typename Composition::template Saved<T>;

  template <class T>
  static void forward(const Params<T>& p, ConstTokens<T, D> x, Tokens<T, D> y, Saved<T>& saved, const Context& context) {
    Composition::forward(p, x, y, saved, context);
  }
  template <class T>
  static void backward(const Params<T>& p, const Saved<T>& saved, ConstTokens<T, D> dy, Tokens<T, D> dx, Params<T>& dp, const Context& context) {
    Composition::backward(p, saved, dy, dx, dp, context);
  }
  template <class T>
  using Packed = typename Composition::template Packed<T>;
  template <class T>
  static Packed<T> pack(const Params<T>& p, Arena& arena) {
    return Composition::pack(p, arena);
  }
  static constexpr bool infer_may_alias = Composition::infer_may_alias, infer_add_may_alias = Composition::infer_add_may_alias;
  template <class T>
  static void infer(const Packed<T>& p, ConstTokens<T, D> x, Tokens<T, D> y, const Context& context) {
    Composition::infer(p, x, y, context);
  }
  template <class T>
  static void infer_add(const Packed<T>& p, ConstTokens<T, D> x, Tokens<T, D> y, const Context& context) {
    Composition::infer_add(p, x, y, context);
  }
  template <class T>
  static void infer_in_place(const Packed<T>& p, Tokens<T, D> x, const Context& context) {
    Composition::infer_in_place(p, x, context);
  }

  /// Multiply-accumulates for one sample of that many own and tape tokens.
  static constexpr double macs(double own, double tape) {
    if constexpr (tape_mlp_dim > 0)
      return SelfAttention::macs(own + tape) + FeedForward::macs(own, tape);
    else
      return SelfAttention::macs(own + tape) + OwnMlp::macs(own + tape);
  }
};

}  // namespace adatape::nn
