#pragma once
/// One vector a sample out of its tokens: its first token, or the mean over all of them.
#include <cstdint>

#include "adatape/core/error.hpp"
#include "adatape/core/parallel.hpp"
#include "adatape/core/tokens.hpp"
#include "adatape/ops/sums.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::nn {

enum class Pool : std::uint8_t {
  token,  ///< the first token of the sample
  gap     ///< the mean over the sample's tokens, tape tokens included
};

namespace detail {

inline void require_tokens(const Packing& packing) {
  for (Index b = 0; b < packing.samples(); ++b) require(packing.length(b) >= 1, "pooling: wanted at least one token of every sample, found none of sample ", b);
}

}  // namespace detail

/// pooled [samples, D], which overlaps no token. Throws Error on a sample without tokens.
template <Pool pool, int D, class T>
void pool_tokens(Tokens<T, D> x, T* pooled) {
  detail::require_tokens(x.packing);
  parallel_for(x.packing.samples(), [&](Index b) {
    T* out = pooled + b * D;
    const T* first = x.row(x.packing.begin(b));
    std::copy_n(first, D, out);
    if constexpr (pool == Pool::gap) {
      const Index length = x.packing.length(b);
      for (Index i = 1; i < length; ++i) ops::reference::add(first + i * D, D, out);
      for (int j = 0; j < D; ++j) out[j] /= static_cast<T>(length);
    }
  });
}

/// dx += the gradient of pool_tokens for dpooled [samples, D]. Throws Error on a sample without tokens.
template <Pool pool, int D, class T>
void add_pool_gradient(const T* dpooled, Tokens<T, D> dx) {
  detail::require_tokens(dx.packing);
  parallel_for(dx.packing.samples(), [&](Index b) {
    const Index length = pool == Pool::gap ? dx.packing.length(b) : 1;
    for (Index i = 0; i < length; ++i) {
      T* row = dx.row(dx.packing.begin(b) + i);
      for (int j = 0; j < D; ++j) row[j] += dpooled[b * D + j] / static_cast<T>(length);
    }
  });
}

}  // namespace adatape::nn
