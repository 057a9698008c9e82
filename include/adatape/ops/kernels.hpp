#pragma once
/// The loops and kernels of matrix products, compiled once for a program of many files. They do not depend on a model, and are a large part of what a compiler
/// does for a small one.
///
/// Files that are compiled with ADATAPE_SEPARATE_KERNELS defined have no code for them. One file of the program has it, which is compiled for the same
/// instruction set, OpenMP and assertions (core/namespace.hpp), and whose only lines may be
///     #include "adatape/ops/kernels.hpp"
///     ADATAPE_KERNELS(template)
/// Without that file the program does not link. Without the macro every file has all that it uses, as elsewhere in the library.
#include "adatape/ops/gemm_int8.hpp"

#if defined(ADATAPE_VDPBF16PS)
#define ADATAPE_KERNEL_OF_BF16(declaration) declaration struct simd::detail::TileFunctions<simd::Bf16Step>;
#else
#define ADATAPE_KERNEL_OF_BF16(declaration)
#endif
#if defined(ADATAPE_VPDPBUSD) || defined(ADATAPE_SDOT)
#define ADATAPE_KERNEL_OF_INT8(declaration) declaration struct simd::detail::TileFunctions<simd::Int8Step>;
#else
#define ADATAPE_KERNEL_OF_INT8(declaration)
#endif

/// For the global namespace. declaration: template, where the code belongs, or extern template.
#define ADATAPE_KERNELS(declaration)                                                                                                    \
  namespace adatape::inline ADATAPE_NAMESPACE {                                                                                         \
  declaration struct simd::detail::TileFunctions<simd::GemmStep<float, float>>;                                                         \
  declaration struct simd::detail::TileFunctions<simd::GemmStep<double, double>>;                                                       \
  ADATAPE_KERNEL_OF_BF16(declaration)                                                                                                   \
  ADATAPE_KERNEL_OF_INT8(declaration)                                                                                                   \
  declaration void ops::detail::BlockProduct<float, ops::Matrix<const float>>::run(ops::detail::Range, ops::detail::Range) const;       \
  declaration void ops::detail::BlockProduct<double, ops::Matrix<const double>>::run(ops::detail::Range, ops::detail::Range) const;     \
  declaration void ops::detail::BlockProduct<float, ops::detail::Rounded>::run(ops::detail::Range, ops::detail::Range) const;           \
  declaration void ops::detail::BlockProduct<float, ops::PackedMatrix<float>>::run(ops::detail::Range, ops::detail::Range) const;       \
  declaration void ops::detail::BlockProduct<float, ops::PackedMatrix<float, Bf16>>::run(ops::detail::Range, ops::detail::Range) const; \
  }

#if defined(ADATAPE_SEPARATE_KERNELS)
ADATAPE_KERNELS(extern template)
#endif
