#pragma once
/// What the library asks of compiler and flags. Each demand that is not met ends the compilation with a sentence.
///
/// Compilers: g++ 12 or later, clang 14 or later, in C++20 mode. Flags that change the meaning of arithmetic or turn exceptions off are refused.

#if defined(__clang__)
#if __clang_major__ < 14
#error "adatape needs clang 14 or later"
#endif
#elif defined(__GNUC__)
#if __GNUC__ < 12
#error "adatape needs g++ 12 or later"
#endif
#else
#error "adatape needs g++ 12 or later, or clang 14 or later"
#endif

#if __cplusplus < 202002L
#error "adatape needs C++20: compile with -std=c++20"
#endif

// -ffast-math, -Ofast and -ffinite-math-only let a compiler assume that no value is infinite or NaN, and reorder sums. Under them exp was off by 41 % and
// tanh by 100 %, the checks for divergence were removed, and equal seeds no longer gave equal bits.
#if defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#error "adatape computes wrong results under -ffast-math, -Ofast and -ffinite-math-only: compile without them, or add -fno-fast-math"
#endif

#if defined(__wasm__) && !defined(__wasm_simd128__)
#error "adatape needs SIMD on WebAssembly: compile with -msimd128"
#endif

#if !defined(__cpp_exceptions)
#error "adatape reports errors as exceptions: compile without -fno-exceptions"
#endif
