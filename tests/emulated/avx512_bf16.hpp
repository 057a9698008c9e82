#pragma once
/// Included before a source that is compiled for AVX-512: the source finds AVX512-VNNI and AVX512-BF16, whose instructions are emulated.
#include "bf16_instructions.hpp"
#include "byte_products.hpp"

#if !defined(__AVX512F__) || !defined(__AVX512BW__) || defined(__AVX512VNNI__) || defined(__AVX512BF16__)
#error "wanted flags for AVX-512 without the extensions that are emulated"
#endif

#define _mm512_dpbusd_epi32(sum, a, b) ::emulated::vpdpbusd(sum, a, b)
#define _mm512_dpbf16_ps(sum, a, b) ::emulated::vdpbf16ps(sum, a, b)
#define _mm512_cvtneps_pbh(x) ::emulated::vcvtneps2bf16(x)
#define _mm512_cvtne2ps_pbh(upper, lower) ::emulated::vcvtne2ps2bf16(upper, lower)

#define __AVX512VNNI__ 1
#define __AVX512BF16__ 1
