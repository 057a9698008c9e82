#pragma once
/// Included before a source that is compiled for AVX2 and FMA: the source finds AVX-VNNI, whose instruction is emulated.
#include "byte_products.hpp"

#if !defined(__AVX2__) || !defined(__FMA__) || defined(__AVX512F__) || defined(__AVXVNNI__)
#error "wanted flags for AVX2 and FMA without the extension that is emulated"
#endif

#define _mm256_dpbusd_avx_epi32(sum, a, b) ::emulated::vpdpbusd(sum, a, b)

#define __AVXVNNI__ 1
