#pragma once
/// Smaller images: the mean over blocks of pixels (average pooling with equal window and stride).
#include "adatape/core/error.hpp"
#include "adatape/core/parallel.hpp"
#include "adatape/core/types.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::nn {

/// y(r, c, channel) = the mean of x over rows factor r .. factor (r + 1) - 1 and columns factor c .. factor (c + 1) - 1.
/// x is [height, width, channels], y is [height / factor, width / factor, channels]. Rows and columns at the end that fill no block are dropped.
/// It has no parameters and takes no memory. Inputs and outputs do not overlap. The sums of a block are added in a fixed order, row by row.
template <int height, int width, int channels, int factor>
struct ImageReduction {
  static_assert(factor >= 1, "ImageReduction: the factor must be at least 1");
  static_assert(height >= factor && width >= factor, "ImageReduction: the image must be at least as large as one block");
  static constexpr int rows = height / factor, columns = width / factor;  ///< of y
  static constexpr Index input_size = Index{height} * width * channels;   ///< values of x
  static constexpr Index output_size = Index{rows} * columns * channels;  ///< values of y

  /// One for each value that is added. With factor 1 nothing is computed.
  static constexpr double macs(double samples) { return factor == 1 ? 0 : samples * static_cast<double>(output_size) * factor * factor; }

  /// Writes y [samples, output_size] from x [samples, input_size].
  template <class T>
  static void apply(const T* x, Index samples, T* y) {
    constexpr T scale = T(1) / (T(factor) * T(factor));
    for_each_row(samples, [&](Index in_x, Index in_y) {
      T* const row = y + in_y;
      for (Index i = 0; i < columns * channels; ++i) row[i] = 0;
      for (Index line = 0; line < factor; ++line)
        for_each_pair(in_x + line * width * channels, [&](Index at, Index i) { row[i] += x[at]; });
      for (Index i = 0; i < columns * channels; ++i) row[i] *= scale;
    });
  }

  /// dx(pixel) += dy(its block) / factor^2. dy is [samples, output_size], dx [samples, input_size].
  template <class T>
  static void backward(const T* dy, Index samples, T* dx) {
    constexpr T scale = T(1) / (T(factor) * T(factor));
    for_each_row(samples, [&](Index in_x, Index in_y) {
      const T* const row = dy + in_y;
      for (Index line = 0; line < factor; ++line)
        for_each_pair(in_x + line * width * channels, [&](Index at, Index i) { dx[at] += row[i] * scale; });
    });
  }

 private:
  /// Calls visit(offset in x of the first line of the blocks, offset in y) for every row of y, from several threads.
  template <class Visit>
  static void for_each_row(Index samples, const Visit& visit) {
    parallel_for(samples, [&](Index b) {
      for (Index r = 0; r < rows; ++r) visit(b * input_size + r * factor * width * channels, b * output_size + r * columns * channels);
    });
  }
  /// Calls visit(offset in x, place in a row of y) for every value of one line of x that belongs to a block.
  template <class Visit>
  static void for_each_pair(Index line, const Visit& visit) {
    for (Index c = 0; c < columns; ++c)
      for (Index f = 0; f < factor; ++f)
        for (Index channel = 0; channel < channels; ++channel) visit(line + (c * factor + f) * channels + channel, c * channels + channel);
  }
};

}  // namespace adatape::nn
