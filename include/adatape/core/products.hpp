#pragma once
/// The numbers that products of dense layers multiply in training.
#include <cstdint>

#include "adatape/core/namespace.hpp"

namespace adatape::inline ADATAPE_NAMESPACE {

/// Sums are in the scalar type of the model in both.
enum class Products : std::uint8_t {
  f32,  ///< factors as they are, in the scalar type of the model
  bf16  ///< both factors rounded to bf16; only where the scalar type is float, elsewhere the same as f32
};

}  // namespace adatape
