#pragma once
/// Products that no compiler fuses with the sum that takes them. Operations that have the bits of another program need it.
#include "adatape/core/namespace.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::image {

/// `product`, rounded on its own: rounded(x * y) + z rounds twice whatever the instruction set. A loop with it is not vectorised where fused multiply-adds
/// exist. (g++ 12 drops __builtin_assoc_barrier when it vectorises, and turns products in double that are cut to float into products in float. Only an
/// instruction between the two, here an empty one, keeps it from fusing.)
template <class T>
inline T rounded(T product) {
#if defined(__x86_64__) && !defined(__FMA__) && !defined(__AVX512F__)
  return product;
#elif defined(__x86_64__)
  asm("" : "+x"(product));
  return product;
#elif defined(__aarch64__)
  asm("" : "+w"(product));
  return product;
#else
  volatile T stored = product;
  return stored;
#endif
}

/// For loops that are vectorised: products that one loop writes to memory and the next one reads are rounded on their own if this call stands between the two
/// loops. rounded() in a loop would keep it from being vectorised.
template <class T>
inline void keep_products(T* products) {
  asm volatile("" : : "r"(products) : "memory");
}

/// a + (b - a) f, every operation rounded.
template <class T>
inline T interpolate(T a, T b, T f) {
  return a + rounded((b - a) * f);
}

}  // namespace adatape::image
