#pragma once
/// Which scalar types have a vectorised path in addition to the reference.
#include <cstdint>
#include <type_traits>

#include "adatape/core/bf16.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::ops {

/// float runs on the kernels of simd/; every other type runs the scalar reference.
template <class T>
inline constexpr bool is_vectorised = std::is_same_v<T, float>;

/// Whether products in T can read weights that are stored as Stored.
///  - float reads Bf16. The product also rounds its left factor to bf16; sums stay float (simd/bf16_step.hpp).
///  - float reads std::int8_t. The product also quantises its left factor, a row at a time; sums are exact integers (simd/int8_step.hpp).
///  - double reads float, which shows what rounded weights alone change in a result.
template <class T, class Stored>
inline constexpr bool is_stored_as = std::is_same_v<T, Stored> ||
                                     (std::is_same_v<T, float> && (std::is_same_v<Stored, Bf16> || std::is_same_v<Stored, std::int8_t>)) ||
                                     (std::is_same_v<T, double> && std::is_same_v<Stored, float>);

}  // namespace adatape::ops
