#pragma once
/// A multiplication and an addition whose rounding does not depend on the compiler.
#include <cmath>

#include "adatape/core/namespace.hpp"

namespace adatape::inline ADATAPE_NAMESPACE {

/// x y + z, rounded once where the instruction set that is compiled for has fused multiply-add, else twice, as simd::fma is. In a plain `sum += x * y` the
/// compiler chooses between one rounding and two wherever it inlines, unrolls or vectorises the loop. (g++ may multiply whole registers and add their lanes in
/// order, which rounds twice, and round the elements that fill no register once.)
template <class T>
inline T multiply_add(T x, T y, T z) {
#if defined(__FMA__) || defined(__AVX512F__) || defined(__aarch64__)
  return std::fma(x, y, z);
#else
  return x * y + z;
#endif
}

}  // namespace adatape
