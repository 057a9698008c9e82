#pragma once
/// Pooling: one vector for each sample, its first token or the mean of its tokens. And what a pooling of one's own must have.
///
/// A pooling is a stateless struct with the members of a layer (core/layer.hpp). It differs from a layer in its output, which has one row for each sample:
///
///     static constexpr int in, out;                       widths of the tokens and of the result; both are D in a model
///     template <class T> struct Params, Saved, PackedWeights; as those of a layer
///     forward (params, x, y, saved, context)              y.row(b) = f(the tokens of sample b, tape tokens included); y does not overlap x
///     backward(params, saved, dy, dx, dparams, context)   dx, with the packing of x, is written; dparams is added to; dx does not overlap dy
///     pack_weights(params, arena)                         for inference
///     infer(packed, x, y, context)                        for inference; the other infer functions of a layer are not looked for
///     macs(tokens)                                        multiply-accumulates for one sample of that many tokens; for Output::macs
///
/// x is ConstTokens<T, D> of any packing, which says how many prefix tokens a sample has. y is Tokens<T, D> whose packing has one token for each sample. What a
/// sample gives must not depend on the other samples.
#include <cstdint>

#include "adatape/core/error.hpp"
#include "adatape/core/layer.hpp"
#include "adatape/core/parallel.hpp"
#include "adatape/core/tokens.hpp"
#include "adatape/ops/sums.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::nn {

/// What a sample is pooled to.
enum class Pool : std::uint8_t {
  token,              ///< the first token of the sample
  gap,                ///< the mean of all tokens of the sample, tape tokens included (global average pooling)
  gap_without_prefix  ///< the mean of all tokens but the prefix tokens of the packing, tape tokens included
};

namespace detail {

/// The tokens of a sample that are pooled: `count` of them, from number `first` on.
struct PooledTokens {
  Index first, count;
};
template <Pool pool>
PooledTokens pooled_tokens(const Packing& packing, Index sample) {
  if (pool == Pool::token) return {0, 1};
  const Index first = pool == Pool::gap_without_prefix ? packing.prefix : 0;
  return {first, packing.length(sample) - first};
}

template <Pool pool>
void require_tokens(const Packing& packing) {
  for (Index b = 0; b < packing.samples(); ++b)
    require(packing.length(b) >= 1 && pooled_tokens<pool>(packing, b).count >= 1, "pooling: wanted at least one token of every sample",
            pool == Pool::gap_without_prefix ? " behind its prefix tokens" : "", ", found none of sample ", b);
}

}  // namespace detail

/// Writes pooled [samples, D], which does not overlap x. Throws Error if a sample has no token to pool. Also throws as parallel_for does.
template <Pool pool, int D, class X>
void pool_tokens(Tokens<X, D> x, std::remove_const_t<X>* pooled) {
  using T = std::remove_const_t<X>;
  detail::require_tokens<pool>(x.packing);
  parallel_for(x.packing.samples(), [&](Index b) {
    const auto tokens = detail::pooled_tokens<pool>(x.packing, b);
    T* out = pooled + b * D;
    const T* first = x.row(x.packing.begin(b) + tokens.first);
    std::copy_n(first, D, out);
    if constexpr (pool != Pool::token) {
      for (Index i = 1; i < tokens.count; ++i) ops::scalar::add(first + i * D, D, out);
      for (int j = 0; j < D; ++j) out[j] /= static_cast<T>(tokens.count);
    }
  });
}

/// dx += the gradient of pool_tokens: dpooled_b / n for each of the n tokens of sample b that are pooled. dpooled is [samples, D] and does not overlap dx.
/// Throws as pool_tokens does.
template <Pool pool, int D, class T>
void add_pool_gradient(const T* dpooled, Tokens<T, D> dx) {
  detail::require_tokens<pool>(dx.packing);
  parallel_for(dx.packing.samples(), [&](Index b) {
    const auto tokens = detail::pooled_tokens<pool>(dx.packing, b);
    for (Index i = 0; i < tokens.count; ++i) {
      T* row = dx.row(dx.packing.begin(b) + tokens.first + i);
      for (int j = 0; j < D; ++j) row[j] += dpooled[b * D + j] / static_cast<T>(tokens.count);
    }
  });
}

/// The poolings of the library, as described at the top of this file. They throw as pool_tokens does.
template <int D, Pool pool>
struct PoolTokens {
  static constexpr int in = D, out = D;
  template <class T>
  struct Params {
    static constexpr auto fields() { return std::tuple<>(); }
  };
  template <class T>
  struct Saved {};
  template <class T>
  struct PackedWeights {};

  static constexpr double macs(double) { return 0; }

  template <class T>
  static void forward(const Params<T>&, ConstTokens<T, D> x, Tokens<T, D> y, Saved<T>&, const Context&) {
    pool_tokens<pool>(x, y.data);
  }
  template <class T>
  static void backward(const Params<T>&, const Saved<T>&, ConstTokens<T, D> dy, Tokens<T, D> dx, Params<T>&, const Context&) {
    std::fill_n(dx.data, dx.size(), T(0));
    add_pool_gradient<pool>(dy.data, dx);
  }
  template <class T>
  static PackedWeights<T> pack_weights(const Params<T>&, Arena&) {
    return {};
  }
  template <class T>
  static void infer(const PackedWeights<T>&, ConstTokens<T, D> x, Tokens<T, D> y, const Context&) {
    pool_tokens<pool>(x, y.data);
  }
};

}  // namespace adatape::nn
