#pragma once
/// ADATAPE_NAMESPACE: the inline namespace that holds the library, one for every set of flags that changes layouts or code.
///
/// Two translation units of one program may be compiled for different instruction sets. A linker keeps one copy of every inline function and template of
/// one name. If both units used one name, code for 16 lanes would run on matrices that were packed for 8. So the name encodes what differs:
///     instruction set (lanes, fma, products of bf16 and int8), OpenMP or not, assertions on or off
/// Units with equal flags share everything. Units with different flags each have a library of their own. Handing an object of one library to a unit with
/// another is a link error. Templates and inline functions of users that use this library should have the same protection:
///     namespace mine::inline ADATAPE_NAMESPACE { }
#include "adatape/core/requirements.hpp"

/// 1: ADATAPE_ASSERT checks (core/assert.hpp). 0: it does not. The default is 1 where neither NDEBUG is defined nor the compiler optimises, else 0.
#if !defined(ADATAPE_ASSERTIONS)
#if defined(NDEBUG) || defined(__OPTIMIZE__)
#define ADATAPE_ASSERTIONS 0
#else
#define ADATAPE_ASSERTIONS 1
#endif
#endif

// Which instructions multiply bf16 and int8 (simd/bf16_step.hpp, simd/int8_step.hpp).
//
// VDPBF16PS is not taken where it is slower than fma of fp32. One core of an Intel CPU of family 6, model 207 reaches 82 GFLOP/s with it, 166 with fma, and
// 2600 with AMX. Virtual machines hide AMX, but AVX512-FP16 tells such a CPU from older ones. On AMD's Zen 5 VDPBF16PS reaches 431, and fma 215. So AMD's CPUs
// take it, whatever else they have. g++ and clang write the names of AMX differently.
#if defined(__AVX512FP16__) && !defined(__znver3__) && !defined(__znver4__) && !defined(__znver5__) && !defined(__znver6__)
#define ADATAPE_SLOW_VDPBF16PS 1
#endif
#if defined(__AVX512F__) && defined(__AVX512CD__) && defined(__AVX512BW__) && defined(__AVX512DQ__) && defined(__AVX512VL__)
#if defined(__linux__) && defined(__AVX512VNNI__) && defined(__AVX512BF16__) && \
    ((defined(__AMX_TILE__) && defined(__AMX_BF16__) && defined(__AMX_INT8__)) || (defined(__AMXTILE__) && defined(__AMXBF16__) && defined(__AMXINT8__)))
#define ADATAPE_NAMESPACE_SET avx512_amx
#define ADATAPE_AMX 1
#elif defined(__AVX512VNNI__) && defined(__AVX512BF16__) && !defined(ADATAPE_SLOW_VDPBF16PS)
#define ADATAPE_NAMESPACE_SET avx512_bf16
#define ADATAPE_VDPBF16PS 1
#define ADATAPE_VPDPBUSD 1
#elif defined(__AVX512VNNI__)
#define ADATAPE_NAMESPACE_SET avx512_vnni
#define ADATAPE_VPDPBUSD 1
#else
#define ADATAPE_NAMESPACE_SET avx512
#endif
#elif defined(__AVX512F__)
#define ADATAPE_NAMESPACE_SET avx512f
#elif defined(__AVX2__) && defined(__FMA__) && defined(__AVXVNNI__)
#define ADATAPE_NAMESPACE_SET avx2_vnni
#define ADATAPE_VPDPBUSD 1
#elif defined(__AVX2__) && defined(__FMA__)
#define ADATAPE_NAMESPACE_SET avx2_fma
#elif defined(__AVX2__)
#define ADATAPE_NAMESPACE_SET avx2
#elif defined(__AVX__) && defined(__FMA__)
#define ADATAPE_NAMESPACE_SET avx_fma
#elif defined(__AVX__)
#define ADATAPE_NAMESPACE_SET avx
#elif defined(__SSE4_2__)
#define ADATAPE_NAMESPACE_SET sse4_2
#elif defined(__SSE4_1__)
#define ADATAPE_NAMESPACE_SET sse4_1
#elif defined(__SSSE3__)
#define ADATAPE_NAMESPACE_SET ssse3
#elif defined(__SSE3__)
#define ADATAPE_NAMESPACE_SET sse3
#elif defined(__SSE2__)
#define ADATAPE_NAMESPACE_SET sse2
#elif defined(__aarch64__) && defined(__ARM_FEATURE_DOTPROD)
#define ADATAPE_NAMESPACE_SET neon_dotprod
#define ADATAPE_SDOT 1
#elif defined(__aarch64__)
#define ADATAPE_NAMESPACE_SET neon
#elif defined(__wasm_simd128__)
#define ADATAPE_NAMESPACE_SET wasm_simd128
#else
#define ADATAPE_NAMESPACE_SET scalar
#endif
// Whether an instruction reads packed bf16, or packed int8, where it is.
#if defined(ADATAPE_VDPBF16PS) || defined(ADATAPE_AMX)
#define ADATAPE_READS_BF16 1
#endif
#if defined(ADATAPE_VPDPBUSD) || defined(ADATAPE_SDOT) || defined(ADATAPE_AMX)
#define ADATAPE_READS_INT8 1
#endif

#if defined(_OPENMP)
#define ADATAPE_NAMESPACE_THREADS openmp
#else
#define ADATAPE_NAMESPACE_THREADS serial
#endif

#if ADATAPE_ASSERTIONS
#define ADATAPE_NAMESPACE_CHECKS asserting
#else
#define ADATAPE_NAMESPACE_CHECKS unchecked
#endif

#define ADATAPE_NAMESPACE_PASTE(set, threads, checks) build_##set##_##threads##_##checks
#define ADATAPE_NAMESPACE_NAME(set, threads, checks) ADATAPE_NAMESPACE_PASTE(set, threads, checks)
#define ADATAPE_NAMESPACE ADATAPE_NAMESPACE_NAME(ADATAPE_NAMESPACE_SET, ADATAPE_NAMESPACE_THREADS, ADATAPE_NAMESPACE_CHECKS)
