#pragma once
/// As avx512_bf16.hpp, and the source finds AMX too.
#include "avx512_bf16.hpp"
#include "tile_permission.hpp"
#include "tile_products.hpp"

#if defined(__AMX_TILE__) || defined(__AMXTILE__)
#error "wanted flags without AMX, which is emulated"
#endif

#undef _tile_loadd
#undef _tile_stored
#undef _tile_dpbf16ps
#undef _tile_dpbusd
#define _tile_loadconfig(memory) ::emulated::ldtilecfg(memory)
#define _tile_release() ::emulated::tilerelease()
#define _tile_loadd(to, base, stride) ::emulated::tileloadd<to>(base, static_cast<std::ptrdiff_t>(stride))
#define _tile_stored(from, base, stride) ::emulated::tilestored<from>(base, static_cast<std::ptrdiff_t>(stride))
#define _tile_dpbf16ps(c, a, b) (::emulated::tdpbf16ps<c, a, b>())
#define _tile_dpbusd(c, a, b) (::emulated::tdpbusd<c, a, b>())
#define syscall(...) emulated::system_call(__VA_ARGS__)

#if defined(__clang__)
#define __AMXTILE__ 1
#define __AMXBF16__ 1
#define __AMXINT8__ 1
#else
#define __AMX_TILE__ 1
#define __AMX_BF16__ 1
#define __AMX_INT8__ 1
#endif
