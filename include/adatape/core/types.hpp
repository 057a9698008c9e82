#pragma once
/// The integer type of every size, row and offset in the library, and the division that rounds up.
#include <cstddef>

#include "adatape/core/namespace.hpp"

namespace adatape::inline ADATAPE_NAMESPACE {

/// Signed, as Eigen's: differences of sizes never wrap.
using Index = std::ptrdiff_t;

/// How many parts of `size` >= 1 hold `count` >= 0.
constexpr Index divide_up(Index count, Index size) { return count / size + (count % size > 0 ? 1 : 0); }

/// In bytes. Every tensor, every buffer and everything taken from an arena starts at a multiple of it (the size of an AVX-512 register and of a cache line).
inline constexpr std::size_t kAlignment = 64;

}  // namespace adatape
