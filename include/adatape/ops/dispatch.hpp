#pragma once
/// Which scalar types have a vectorised path in addition to the reference.
#include <type_traits>

#include "adatape/core/namespace.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::ops {

/// float runs on the kernels of simd/; every other type runs the scalar reference.
template <class T>
inline constexpr bool is_vectorised = std::is_same_v<T, float>;

}  // namespace adatape::ops
