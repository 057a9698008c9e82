#pragma once
/// Pooling: one vector for each sample, its first token or the mean of all its tokens.
#include <cstdint>

#include "adatape/core/error.hpp"
#include "adatape/core/parallel.hpp"
#include "adatape/core/tokens.hpp"
#include "adatape/ops/sums.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::nn {

/// What a sample is pooled to.
enum class Pool : std::uint8_t {
  token,  ///< the first token of the sample
  gap     ///< the mean of all tokens of the sample, tape tokens included (global average pooling)
};

namespace detail {

inline void require_tokens(const Packing& packing) {
  for (Index b = 0; b < packing.samples(); ++b) require(packing.length(b) >= 1, "pooling: wanted at least one token of every sample, found none of sample ", b);
}

}  // namespace detail

/// Writes pooled [samples, D], which does not overlap x. Throws Error if a sample has no token. Also throws as parallel_for does.
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

/// dx += the gradient of pool_tokens: dpooled_b for the first token of sample b, or dpooled_b / length for all its tokens. dpooled is [samples, D] and does not
/// overlap dx. Throws as pool_tokens does.
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
