#pragma once
/// The integer type of every size, row and offset in the library.
#include <cstddef>

#include "adatape/core/namespace.hpp"

namespace adatape::inline ADATAPE_NAMESPACE {

/// Signed, as Eigen's: differences of sizes never wrap.
using Index = std::ptrdiff_t;

/// In bytes. Every tensor, every buffer and everything taken from an arena starts at a multiple of it (the size of an AVX-512 register and of a cache line).
inline constexpr std::size_t kAlignment = 64;

}  // namespace adatape
