#pragma once
/// The integer type of every size, row and offset in the library.
#include <cstddef>

#include "adatape/core/namespace.hpp"

namespace adatape::inline ADATAPE_NAMESPACE {

/// Signed, as Eigen's: differences of sizes never wrap.
using Index = std::ptrdiff_t;

/// Every tensor, buffer and arena block starts at a multiple of this many bytes (one AVX-512 register, one cache line).
inline constexpr std::size_t kAlignment = 64;

}  // namespace adatape
