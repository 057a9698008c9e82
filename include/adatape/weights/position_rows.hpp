#pragma once
/// Position embeddings of a file: whether the first of them are those of prefix tokens, and the grid of the others.
#include <cmath>
#include <optional>

#include "adatape/io/position_grid.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::weights {

/// What the rows of position embeddings belong to.
struct PositionRows {
  Index prefix = 0;   ///< rows before those of the grid: of prefix tokens
  io::GridSize grid;  ///< of patches, one row each
};

/// How `rows` position embeddings of a file, at most those of a tensor in memory, are those of a model with a `grid`. The file has `prefix` rows before its
/// grid, or none; where `prefix` is 0 none, or one of a class token. Its grid is the model's where the numbers fit, else a square. Nothing if they are no
/// square either.
inline std::optional<PositionRows> position_rows(Index rows, Index prefix, io::GridSize grid) {
  const Index other = prefix > 0 ? 0 : 1;
  for (const Index first : {prefix, other})
    if (rows == grid.count() + first) return PositionRows{first, grid};
  for (const Index first : {prefix, other}) {
    const auto side = static_cast<Index>(std::lround(std::sqrt(static_cast<double>(rows - first))));
    if (rows > first && side * side == rows - first) return PositionRows{first, {side, side}};
  }
  return std::nullopt;
}

}  // namespace adatape::weights
