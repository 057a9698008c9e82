#pragma once
/// Which scalar types have a vectorised path in addition to the reference.
#include <type_traits>

#include "adatape/core/namespace.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::ops {

/// float runs on the kernels of simd/; every other type runs the scalar reference.
template <class T>
inline constexpr bool is_vectorised = std::is_same_v<T, float>;

/// Whether products in T can read weights that are stored as Stored. double reads float too, which shows what rounded weights alone change in a result.
template <class T, class Stored>
inline constexpr bool is_stored_as = std::is_same_v<T, Stored> || (std::is_same_v<T, double> && std::is_same_v<Stored, float>);

}  // namespace adatape::ops
