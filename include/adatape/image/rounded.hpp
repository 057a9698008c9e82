#pragma once
/// Products that no compiler fuses with the sum that takes them. Operations that have the bits of another program need it.
#include "adatape/core/namespace.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::image {

/// `product`, rounded on its own: rounded(x * y) + z rounds twice whatever the instruction set. (g++ fuses across statements. clang fuses inside one
/// expression only, and an argument is an expression of its own.)
template <class T>
inline T rounded(T product) {
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 12
  return __builtin_assoc_barrier(product);
#elif defined(__GNUC__) && !defined(__clang__)
  volatile T stored = product;
  return stored;
#else
  return product;
#endif
}

/// a + (b - a) f, every operation rounded.
template <class T>
inline T interpolate(T a, T b, T f) {
  return a + rounded((b - a) * f);
}

}  // namespace adatape::inline ADATAPE_NAMESPACE::image
