#pragma once
/// Position embeddings of a file: whether the first of them is that of cls, and the grid of the others.
#include "adatape/io/position_grid.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::weights {

/// `cls`: rows before those of the grid, 0 or 1.
struct PositionRows {
  Index cls = 0;
  io::GridSize grid;
};

/// How `rows` position embeddings of a file are those of a model with a `grid` and `cls` rows before it. The grid of the file is the model's where the numbers
/// fit, with or without a row of cls, else a square. Nothing if they are no square either.
inline std::optional<PositionRows> position_rows(Index rows, Index cls, io::GridSize grid) {
  for (const Index first : {cls, 1 - cls})
    if (rows == grid.count() + first) return PositionRows{first, grid};
  for (const Index first : {cls, 1 - cls}) {
    const auto side = static_cast<Index>(std::lround(std::sqrt(static_cast<double>(rows - first))));
    if (rows > first && side * side == rows - first) return PositionRows{first, {side, side}};
  }
  return std::nullopt;
}

}  // namespace adatape::weights
