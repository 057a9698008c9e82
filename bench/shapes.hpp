#pragma once
/// The matrix products of ViT that benchmarks measure.
#include <array>

#include "adatape/core/types.hpp"

namespace adatape::bench {

/// C [m, n] = A [m, k] B [k, n].
struct Shape {
  Index m, k, n;
};
inline constexpr std::array<Shape, 12> kShapes{{{196, 384, 1152}, {196, 384, 384}, {196, 384, 1536}, {196, 1536, 384}, {1568, 384, 1536}, {196, 768, 2304},
                                                {196, 768, 3072}, {196, 3072, 768}, {128, 128, 384}, {16, 128, 512}, {196, 64, 196}, {196, 196, 64}}};

}  // namespace adatape::bench
