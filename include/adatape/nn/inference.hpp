#pragma once
/// infer, infer_add and infer_in_place for every layer, made from those of the three that the layer has. Compositions call layers through these functions.
/// They throw what the layer throws, and std::bad_alloc if there is no memory. What they take from the arena they give back. `packed` is what pack_weights or
/// pack_weights_as (core/stored.hpp) made for layer L.
#include <algorithm>

#include "adatape/core/assert.hpp"
#include "adatape/core/layer.hpp"
#include "adatape/ops/sums.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::nn {

namespace detail {

/// X: the type of values that the function reads.
template <class L, class T, class X>
concept InferReads = requires(const typename L::template PackedWeights<T>& packed, Tokens<X, L::in> x, Tokens<T, L::out> y, const Context& context) {
  L::infer(packed, x, y, context);
};
template <class L, class T, class X>
concept InferAddReads = requires(const typename L::template PackedWeights<T>& packed, Tokens<X, L::in> x, Tokens<T, L::out> y, const Context& context) {
  L::infer_add(packed, x, y, context);
};
template <class L, class T>
concept HasInfer = InferReads<L, T, const T> || InferReads<L, T, T>;
template <class L, class T>
concept HasInferAdd = InferAddReads<L, T, const T> || InferAddReads<L, T, T>;
template <class L, class T>
concept HasInferInPlace = L::in == L::out&& requires(const typename L::template PackedWeights<T>& packed, Tokens<T, L::in> x, const Context& context) {
  L::infer_in_place(packed, x, context);
};

using adatape::detail::as_read;

template <class T, int D>
Tokens<T, D> copy_tokens(Tokens<const T, D> x, Arena& arena) {
  const auto copy = take_tokens<D, T>(x.packing, arena);
  std::copy_n(x.data, x.size(), copy.data);
  return copy;
}

}  // namespace detail

/// Whether L has the members of inference for values of type T: PackedWeights, pack_weights, and at least one of infer, infer_add and infer_in_place.
template <class L, class T>
concept Inferable = requires(const typename L::template Params<T>& params, Arena& arena) {
  { L::pack_weights(params, arena) } -> std::same_as<typename L::template PackedWeights<T>>;
}
&&(detail::HasInfer<L, T> || detail::HasInferAdd<L, T> || detail::HasInferInPlace<L, T>);

/// y = f(x). y has the packing of x. y may be x where infer_may_alias<L>; otherwise they do not overlap.
template <class L, class T, class PackedWeights>
void infer(const PackedWeights& packed, ConstTokens<T, L::in> x, Tokens<T, L::out> y, const Context& context) {
  ADATAPE_ASSERT(!context.training, "infer: wanted a context outside of training");
  if constexpr (detail::HasInfer<L, T>) {
    if constexpr (!infer_may_alias<L>)
      ADATAPE_ASSERT(static_cast<const void*>(x.data) != y.data || x.size() == 0, "infer: the output of this layer must not be its input");
    L::infer(packed, detail::as_read<detail::InferReads<L, T, const T>>(x), y, context);
  } else if constexpr (detail::HasInferInPlace<L, T>) {
    if (x.data != y.data) std::copy_n(x.data, x.size(), y.data);
    L::infer_in_place(packed, y, context);
  } else {
    static_assert(detail::HasInferAdd<L, T>, "Inference needs a layer with at least one of infer, infer_add and infer_in_place");
    ADATAPE_ASSERT(static_cast<const void*>(x.data) != y.data || x.size() == 0, "infer: the output of this layer must not be its input");
    std::fill_n(y.data, y.size(), T(0));
    L::infer_add(packed, detail::as_read<detail::InferAddReads<L, T, const T>>(x), y, context);
  }
}

/// Whether nn::infer_add may be called with y = x. If the layer has infer_add, the layer says so. Otherwise f(x) is computed apart from y, so y may be x.
template <class L, class T>
constexpr bool infer_add_may_alias_through() {
  return !detail::HasInferAdd<L, T> || infer_add_may_alias<L>;
}

/// y += f(x). y has the packing of x. y may be x where infer_add_may_alias_through<L, T>(); otherwise they do not overlap.
template <class L, class T, class PackedWeights>
void infer_add(const PackedWeights& packed, ConstTokens<T, L::in> x, Tokens<T, L::out> y, const Context& context) {
  ADATAPE_ASSERT(!context.training, "infer_add: wanted a context outside of training");
  if constexpr (detail::HasInferAdd<L, T>) {
    if constexpr (!infer_add_may_alias<L>)
      ADATAPE_ASSERT(static_cast<const void*>(x.data) != y.data || x.size() == 0, "infer_add: the output of this layer must not be its input");
    L::infer_add(packed, detail::as_read<detail::InferAddReads<L, T, const T>>(x), y, context);
  } else {
    Arena::Scope scope(context.arena);
    const auto result = take_tokens<L::out, T>(x.packing, context.arena);
    infer<L, T>(packed, x, result, context);
    ops::add(result.data, result.size(), y.data);
  }
}

/// x = f(x), for layers that keep the width.
template <class L, class T, class PackedWeights>
void infer_in_place(const PackedWeights& packed, Tokens<T, L::in> x, const Context& context) {
  static_assert(L::in == L::out, "infer_in_place: the layer must keep the token width");
  ADATAPE_ASSERT(!context.training, "infer_in_place: wanted a context outside of training");
  if constexpr (detail::HasInferInPlace<L, T>) {
    L::infer_in_place(packed, x, context);
  } else if constexpr (detail::HasInfer<L, T> && infer_may_alias<L>) {
    infer<L, T>(packed, x, x, context);
  } else {
    Arena::Scope scope(context.arena);
    infer<L, T>(packed, detail::copy_tokens<T, L::in>(x, context.arena), x, context);
  }
}

}  // namespace adatape::nn
