#pragma once
/// Fixed position embeddings of a grid of patches: sines and cosines of the two coordinates, as big_vision has them (posemb_sincos_2d).
#include <cmath>
#include <span>

#include "adatape/core/error.hpp"
#include "adatape/core/types.hpp"

namespace adatape::inline ADATAPE_NAMESPACE {

/// Whether such positions exist for tokens of that width.
constexpr bool has_sincos_positions(Index width) { return width >= 8 && width % 4 == 0; }

/// Writes positions [rows * columns, width], row by row. With omega_k = 10000^-(k / (width / 4 - 1)), k < width / 4, the patch of row y and column x has
///     [sin(x omega), cos(x omega), sin(y omega), cos(y omega)]
/// Computed in double and rounded to T. Throws Error unless width is a multiple of 4, at least 8, and `out` has room for exactly these values.
template <class T>
void sincos_positions(Index rows, Index columns, Index width, std::span<T> out) {
  require(has_sincos_positions(width), "sincos positions: wanted a width that is a multiple of 4 and at least 8, found ", width);
  require(std::ssize(out) == rows * columns * width, "sincos positions: wanted room for ", rows * columns * width, " values, found ", out.size());
  const Index quarter = width / 4;
  for (Index i = 0; i < rows * columns; ++i)
    for (Index k = 0; k < quarter; ++k) {
      const double omega = std::pow(10000.0, -static_cast<double>(k) / static_cast<double>(quarter - 1));
      const double x = static_cast<double>(i % columns) * omega, y = static_cast<double>(i / columns) * omega;
      const double values[]{std::sin(x), std::cos(x), std::sin(y), std::cos(y)};
      for (Index part = 0; part < 4; ++part) out[static_cast<std::size_t>(i * width + part * quarter + k)] = static_cast<T>(values[part]);
    }
}

}  // namespace adatape
