#pragma once
/// Layers made of layers: Named, Chain and Skip, in any nesting. Their gradients follow from the gradients of their parts by the chain rule. Every composition
/// has forward, backward, pack_weights, infer, infer_add and, where the width is kept, infer_in_place. Each part needs only one of the three infer functions.
/// core/layer.hpp says what every layer throws and what may alias.
#include <algorithm>

#include "adatape/nn/inference.hpp"
#include "adatape/ops/sums.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::nn {

/// A string as a template argument.
template <std::size_t N>
struct FixedString {
  char characters[N]{};  ///< the text and a 0
  /// Copies a string literal.
  constexpr FixedString(const char (&text)[N]) { std::copy_n(text, N, characters); }  // NOLINT(google-explicit-constructor)
  constexpr std::string_view view() const { return {characters, N - 1}; }             ///< the text without the 0, valid as long as this object
};

/// Layer L with "name/" in front of the names of its parameters.
template <FixedString name, class L>
struct Named : L {
  template <class T>
  struct Params {
    [[no_unique_address]] typename L::template Params<T> layer;  ///< without size where the layer has no parameters
    static constexpr auto fields() { return std::tuple(field(name.view(), &Params::layer)); }
  };
  template <class T>
  static void forward(const Params<T>& p, ConstTokens<T, L::in> x, Tokens<T, L::out> y, typename L::template Saved<T>& saved, const Context& context) {
    layer_forward<L, T>(p.layer, x, y, saved, context);
  }
  template <class T>
  static void backward(const Params<T>& p, const typename L::template Saved<T>& saved, ConstTokens<T, L::out> dy, Tokens<T, L::in> dx, Params<T>& dp,
                       const Context& context) {
    layer_backward<L, T>(p.layer, saved, dy, dx, dp.layer, context);
  }
  template <class T, class Stored = T>
  using PackedWeights = packed_weights_as<L, T, Stored>;
  template <class T, class Stored = T>
  static PackedWeights<T, Stored> pack_weights(const Params<T>& p, Arena& arena, StoredAs<Stored> = {}) {
    return pack_weights_as<L, T, Stored>(p.layer, arena);
  }
  /// The weights of gamma y, with gamma [out], for an L that has this pack_weights (nn/layer_scale.hpp).
  template <class T, class Stored>
  static PackedWeights<T, Stored> pack_weights(const Params<T>& p, Arena& arena, StoredAs<Stored> stored, const T* gamma) {
    return L::pack_weights(p.layer, arena, stored, gamma);
  }
  template <class Weights, class T>
  static void infer(const Weights& p, ConstTokens<T, L::in> x, Tokens<T, L::out> y, const Context& context) {
    nn::infer<L, T>(p, x, y, context);
  }
  template <class Weights, class T>
  static void infer_add(const Weights& p, ConstTokens<T, L::in> x, Tokens<T, L::out> y, const Context& context) {
    nn::infer_add<L, T>(p, x, y, context);
  }
  /// x = f(x), where the layer keeps the width.
  template <class Weights, class T>
  requires(L::in == L::out) static void infer_in_place(const Weights& p, Tokens<T, L::in> x, const Context& context) {
    nn::infer_in_place<L, T>(p, x, context);
  }
};

/// y = G(F(x)).
template <class F, class G>
struct Chain {
  static_assert(F::out == G::in, "Chain<F, G>: F's output width must equal G's input width");
  static constexpr int in = F::in, out = G::out;

  static constexpr double macs(double tokens) requires requires { F::macs(tokens) + G::macs(tokens); }
  { return F::macs(tokens) + G::macs(tokens); }

  template <class T>
  struct Params {
    [[no_unique_address]] typename F::template Params<T> first;
    [[no_unique_address]] typename G::template Params<T> second;
    static constexpr auto fields() { return std::tuple(field("", &Params::first), field("", &Params::second)); }
  };
  template <class T>
  struct Saved {
    typename F::template Saved<T> first;
    typename G::template Saved<T> second;
  };

  template <class T>
  static void forward(const Params<T>& p, ConstTokens<T, in> x, Tokens<T, out> y, Saved<T>& saved, const Context& context) {
    auto between = take_tokens<F::out, T>(x.packing, context.arena);
    layer_forward<F, T>(p.first, x, between, saved.first, context);
    layer_forward<G, T>(p.second, between, y, saved.second, context);
  }

  template <class T>
  static void backward(const Params<T>& p, const Saved<T>& saved, ConstTokens<T, out> dy, Tokens<T, in> dx, Params<T>& dp, const Context& context) {
    Arena::Scope scope(context.arena);
    auto between = take_tokens<F::out, T>(dy.packing, context.arena);
    layer_backward<G, T>(p.second, saved.second, dy, between, dp.second, context);
    layer_backward<F, T>(p.first, saved.first, between, dx, dp.first, context);
  }

  template <class T, class Stored = T>
  struct PackedWeights {
    packed_weights_as<F, T, Stored> first;
    packed_weights_as<G, T, Stored> second;
  };
  template <class T, class Stored = T>
  static PackedWeights<T, Stored> pack_weights(const Params<T>& p, Arena& arena, StoredAs<Stored> = {}) {
    return {pack_weights_as<F, T, Stored>(p.first, arena), pack_weights_as<G, T, Stored>(p.second, arena)};
  }
  /// F has read all of x before G writes y.
  static constexpr bool infer_may_alias = true, infer_add_may_alias = true;
  template <class T, class Stored>
  static void infer(const PackedWeights<T, Stored>& p, ConstTokens<T, in> x, Tokens<T, out> y, const Context& context) {
    Arena::Scope scope(context.arena);
    auto between = take_tokens<F::out, T>(x.packing, context.arena);
    nn::infer<F, T>(p.first, x, between, context);
    nn::infer<G, T>(p.second, between, y, context);
  }
  template <class T, class Stored>
  static void infer_add(const PackedWeights<T, Stored>& p, ConstTokens<T, in> x, Tokens<T, out> y, const Context& context) {
    Arena::Scope scope(context.arena);
    auto between = take_tokens<F::out, T>(x.packing, context.arena);
    nn::infer<F, T>(p.first, x, between, context);
    nn::infer_add<G, T>(p.second, between, y, context);
  }
  /// x = G(F(x)), where the chain keeps the width.
  template <class T, class Stored>
  requires(F::in == G::out) static void infer_in_place(const PackedWeights<T, Stored>& p, Tokens<T, in> x, const Context& context) {
    if constexpr (F::in == F::out) {
      nn::infer_in_place<F, T>(p.first, x, context);
      nn::infer_in_place<G, T>(p.second, x, context);
    } else {
      infer(p, x, x, context);
    }
  }
};

/// Residual branch with stochastic depth (Huang et al. 2016):  y = x + keep F(x).
/// - Outside training keep is 1.
/// - In training keep is drawn for each sample: 0 with probability context.branch_drop, else 1 / (1 - branch_drop).
/// `place`, 0 to 15, tells apart the draws of the branches of one block.
template <class F, std::uint32_t place>
struct Skip {
  static_assert(F::in == F::out, "Skip<F>: F must keep the token width");
  static_assert(place < 16, "Skip<F, place>: the place must be below 16");
  static constexpr int in = F::in, out = F::out;

  static constexpr double macs(double tokens) requires requires { F::macs(tokens); }
  { return F::macs(tokens); }

  template <class T>
  using Params = typename F::template Params<T>;
  template <class T>
  using Saved = typename F::template Saved<T>;

  template <class T>
  static void forward(const Params<T>& p, ConstTokens<T, in> x, Tokens<T, out> y, Saved<T>& saved, const Context& context) {
    layer_forward<F, T>(p, x, y, saved, context);
    scale_branches(y, context);
    ops::add(x.data, x.size(), y.data);
  }

  /// dx = dy + keep (dF/dx)^T dy. dx does not overlap dy.
  template <class T>
  static void backward(const Params<T>& p, const Saved<T>& saved, ConstTokens<T, out> dy, Tokens<T, in> dx, Params<T>& dp, const Context& context) {
    if (context.branch_drop > 0) {
      Arena::Scope scope(context.arena);
      auto branch = take_tokens<out, T>(dy.packing, context.arena);
      std::copy_n(dy.data, dy.size(), branch.data);
      scale_branches(branch, context);
      layer_backward<F, T>(p, saved, branch, dx, dp, context);
    } else {
      layer_backward<F, T>(p, saved, dy, dx, dp, context);
    }
    ops::add(dy.data, dy.size(), dx.data);
  }

  template <class T, class Stored = T>
  using PackedWeights = packed_weights_as<F, T, Stored>;
  template <class T, class Stored = T>
  static PackedWeights<T, Stored> pack_weights(const Params<T>& p, Arena& arena, StoredAs<Stored> = {}) {
    return pack_weights_as<F, T, Stored>(p, arena);
  }
  static constexpr bool infer_may_alias = true, infer_add_may_alias = false;
  template <class Weights, class T>
  static void infer(const Weights& p, ConstTokens<T, in> x, Tokens<T, out> y, const Context& context) {
    if (x.data == y.data) return infer_in_place(p, y, context);
    std::copy_n(x.data, x.size(), y.data);
    nn::infer_add<F, T>(p, x, y, context);
  }
  template <class Weights, class T>
  static void infer_add(const Weights& p, ConstTokens<T, in> x, Tokens<T, out> y, const Context& context) {
    ops::add(x.data, x.size(), y.data);
    nn::infer_add<F, T>(p, x, y, context);
  }
  template <class Weights, class T>
  static void infer_in_place(const Weights& p, Tokens<T, in> x, const Context& context) {
    if constexpr (nn::infer_add_may_alias_through<F, T>()) {
      nn::infer_add<F, T>(p, x, x, context);
    } else {
      Arena::Scope scope(context.arena);
      nn::infer_add<F, T>(p, nn::detail::copy_tokens<T, in>(x, context.arena), x, context);
    }
  }

 private:
  /// Multiplies the rows of every sample by keep. Does nothing outside training.
  template <class T>
  static void scale_branches(Tokens<T, out> branch, const Context& context) {
    if (!context.training || context.branch_drop <= 0) return;
    const T kept = static_cast<T>(1 / (1 - context.branch_drop));
    parallel_for(branch.packing.samples(), [&](Index b) {
      const bool dropped = context.stream(Purpose::stochastic_depth, b, place).uniform(0) < context.branch_drop;
      branch.sample(b) *= dropped ? T(0) : kept;
    });
  }
};

}  // namespace adatape::nn
