#pragma once
/// Position embeddings of a grid of patches for a grid of another size, as the libraries of pretrained models resample them.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "adatape/core/error.hpp"
#include "adatape/core/types.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::io {

/// How a grid is resampled. The axes are resampled one after the other, and every value of a position for itself.
enum class GridResampling : std::uint8_t {
  antialiased_bicubic,  ///< timm (resample_abs_pos_embed): Keys' cubic with a = -0.5, as wide as an output patch where the grid shrinks
  bicubic,              ///< DeiT and Hugging Face (torch's bicubic without antialias): a = -0.75, 4 positions, those beyond the border are the border's
  corner_aligned        ///< big_vision and scenic (scipy.ndimage.zoom of order 1): linear, the positions at the corners stay at the corners
};

/// Patches of a picture, row by row.
struct GridSize {
  Index height = 0, width = 0;  ///< in patches

  Index count() const { return height * width; }  ///< number of patches
  /// "14 x 7"
  std::string text() const { return std::to_string(height).append(" x ").append(std::to_string(width)); }
  bool operator==(const GridSize&) const = default;
};

namespace detail {

/// The weights with which input positions of one axis add up to an output position.
using Taps = std::vector<std::pair<Index, double>>;

/// Keys' cubic kernel of a at distance x.
inline double keys_cubic(double x, double a) {
  x = std::abs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? a * (((x - 5) * x + 8) * x - 4) : 0;
}

/// The taps of output position i of `out`, where the axis has `in` positions.
inline Taps axis_taps(GridResampling rule, Index in, Index out, Index i) {
  const auto size_in = static_cast<double>(in), scale = size_in / static_cast<double>(out), centre = (static_cast<double>(i) + 0.5) * scale;
  Taps taps;
  if (rule == GridResampling::corner_aligned) {
    const Index steps = std::max<Index>(out - 1, 1), begin = i * (in - 1) / steps, rest = i * (in - 1) % steps;
    const double share = static_cast<double>(rest) / static_cast<double>(steps);
    taps.emplace_back(begin, 1 - share);
    if (rest > 0) taps.emplace_back(begin + 1, share);
  } else if (rule == GridResampling::bicubic) {
    const double from = std::floor(centre - 0.5);
    for (Index j = -1; j <= 2; ++j)
      taps.emplace_back(std::clamp<Index>(static_cast<Index>(from) + j, 0, in - 1), keys_cubic(centre - 0.5 - from - static_cast<double>(j), -0.75));
  } else {
    const double wide = std::max(scale, 1.0), support = 2 * wide;
    const auto begin = static_cast<Index>(std::max(centre - support + 0.5, 0.0)), end = static_cast<Index>(std::min(centre + support + 0.5, size_in));
    double sum = 0;
    for (Index j = begin; j < end; ++j) sum += taps.emplace_back(j, keys_cubic((static_cast<double>(j) + 0.5 - centre) / wide, -0.5)).second;
    for (auto& tap : taps) tap.second /= sum;
  }
  return taps;
}

/// `values` [before, in, after] as [before, out, after]. An axis that keeps its size keeps its values.
inline std::vector<double> resample_axis(std::vector<double> values, Index before, Index in, Index out, Index after, GridResampling rule) {
  if (in == out) return values;
  std::vector<double> result(static_cast<std::size_t>(before * out * after));
  for (Index i = 0; i < out; ++i)
    for (const auto& [j, weight] : axis_taps(rule, in, out, i))
      for (Index b = 0; b < before; ++b)
        for (Index a = 0; a < after; ++a)
          result[static_cast<std::size_t>((b * out + i) * after + a)] += weight * values[static_cast<std::size_t>((b * in + j) * after + a)];
  return result;
}

}  // namespace detail

/// Resamples position embeddings [from.height, from.width, D] to `out` [to.height, to.width, D]. D follows from the sizes. The arithmetic is in double. Where
/// from == to, `out` has the bits of `positions`. The two must not overlap.
/// Throws Error unless both grids have positions, and the sizes of both spans are those of grids of one D. Throws std::bad_alloc where there is no memory.
template <class T>
void resample_positions(std::span<const T> positions, GridSize from, GridSize to, std::span<T> out, GridResampling rule) {
  require(std::min({from.height, from.width, to.height, to.width}) >= 1, "position embeddings: wanted grids with positions, found ", from.text(), " and ",
          to.text());
  const auto size = std::ssize(positions);
  const Index D = size / from.count();
  require(D * from.count() == size && D * to.count() == std::ssize(out), "position embeddings: wanted ", from.text(), " and ", to.text(),
          " positions of one width, found ", size, " and ", std::ssize(out), " values");
  if (from == to) {
    std::ranges::copy(positions, out.begin());
    return;
  }
  std::vector<double> values(positions.begin(), positions.end());
  values = detail::resample_axis(std::move(values), 1, from.height, to.height, from.width * D, rule);
  values = detail::resample_axis(std::move(values), to.height, from.width, to.width, D, rule);
  std::ranges::transform(values, out.begin(), [](double value) { return static_cast<T>(value); });
}

}  // namespace adatape::io
