#pragma once
/// Transposition of a square of values held in registers.
#include <bit>

#include "adatape/simd/batch.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::simd {

namespace detail {

template <int half, class T, int... i>
ADATAPE_INLINE Batch<T> interleave(const Batch<T>& x, const Batch<T>& y, std::integer_sequence<int, i...>) {
  using Register = typename Batch<T>::register_type;
  constexpr int n = static_cast<int>(lanes<T>);
  const Register a = x, b = y;
  return Batch<T>(static_cast<Register>(__builtin_shufflevector(a, b, (half * n / 2 + i / 2 + i % 2 * n)...)));
}
/// The first (half = 0) or second (half = 1) half of the lanes of x and y in turn: x0 y0 x1 y1 x2 y2 and so on.
template <int half, class T>
ADATAPE_INLINE Batch<T> interleave(const Batch<T>& x, const Batch<T>& y) {
  return interleave<half>(x, y, std::make_integer_sequence<int, static_cast<int>(lanes<T>)>{});
}

}  // namespace detail

/// Exchanges block[i][j] and block[j][i]. One round interleaves row i with row i + n/2 for all i < n/2. It moves the highest bit of the row number to the
/// lowest bit of the column number. After log2(n) rounds row number and column number have exchanged all bits.
template <class T>
ADATAPE_INLINE void transpose(Batch<T> (&block)[lanes<T>]) {
  constexpr int n = static_cast<int>(lanes<T>);
  unroll<std::bit_width(static_cast<unsigned>(n)) - 1>([&](auto) ADATAPE_INLINE_LAMBDA {
    Batch<T> next[std::size_t{n}];
    unroll<n / 2>([&](auto i) ADATAPE_INLINE_LAMBDA {
      next[2 * i] = detail::interleave<0, T>(block[i], block[i + n / 2]);
      next[2 * i + 1] = detail::interleave<1, T>(block[i], block[i + n / 2]);
    });
    unroll<n>([&](auto i) ADATAPE_INLINE_LAMBDA { block[i] = next[i]; });
  });
}

}  // namespace adatape::simd
