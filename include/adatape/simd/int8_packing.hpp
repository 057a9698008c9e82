#pragma once
/// Quantises columns of strips of B and rows of A (core/quantisation.hpp), into the form that products of int8 read.
#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#include "adatape/core/quantisation.hpp"
#include "adatape/simd/gemm_kernel.hpp"
#include "adatape/simd/int8_step.hpp"
#include "adatape/simd/reduce.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::simd {

/// A strip of a packed B, `columns` whole batches wide: [depth / 4, columns, 4] of int8, with depth rounded up to whole groups, then for each column its scale
/// (float) and int8_offset times the sum of its integers (int32). A view.
struct Int8Strip {
  /// `depth` rounded up to whole groups (int8_group).
  static constexpr Index padded(Index depth) { return (depth + int8_group - 1) / int8_group * int8_group; }
  /// Bytes of a column: a multiple of 4, so strips of 16 columns take whole cache lines.
  static constexpr Index column_size(Index depth) { return padded(depth) + static_cast<Index>(sizeof(float) + sizeof(std::int32_t)); }

  const std::int8_t* data;  ///< the integers, then the scales, then the offsets
  Index depth;              ///< rows of B
  Index columns;            ///< whole batches of floats

  /// The scales of columns column to column + lanes<float> - 1.
  Batch<float> scales(Index column) const { return load_bytes<float>(data + padded(depth) * columns + column * 4); }
  /// For columns column to column + lanes<float> - 1 int8_offset times the sum of the integers. A sum of products starts from its negative.
  Batch<std::int32_t> offsets(Index column) const { return load_bytes<std::int32_t>(data + (padded(depth) + 4) * columns + column * 4); }

 private:
  /// g++ 12 copies an array through the stack by registers of 32 bytes. A load of 64 bytes then waits until they have reached the cache.
  template <class T>
  static ADATAPE_INLINE Batch<T> load_bytes(const std::int8_t* from) {
    typename Batch<T>::register_type values;
    std::memcpy(&values, from, sizeof values);
    return values;
  }
};

/// Writes a strip of B, the values from[k * k_stride + j * col_stride] for k < depth, j < columns, and 0 for other k and j.
/// `to` is [whole_batches(columns) * Int8Strip::column_size(depth)]. Strides are in elements.
inline void pack_panel(const float* from, Index k_stride, Index col_stride, Index depth, Index columns, std::int8_t* to) {
  const Index width = whole_batches<float>(columns), padded = Int8Strip::padded(depth);
  for (Index j = 0; j < width; ++j) {
    const Index used = j < columns ? depth : 0;
    const float* const column = from + j * col_stride;
    const auto quantisation = quantisation_of(used, [&](Index k) { return column[k * k_stride]; });
    std::int32_t sum = 0;
    for (Index k = 0; k < padded; ++k) {
      const auto q = k < used ? quantisation.integer(column[k * k_stride]) : std::int8_t{0};
      to[(k / int8_packed * width + j) * int8_packed + k % int8_packed] = q;
      sum += q;
    }
    sum *= int8_offset;
    std::memcpy(to + padded * width + j * 4, &quantisation.scale, 4);
    std::memcpy(to + (padded + 4) * width + j * 4, &sum, 4);
  }
}

/// Values that quantise_row writes for `count` values.
constexpr Index quantised_row(Index count) {
  constexpr Index unit = int8_group > lanes<float> ? int8_group : lanes<float>;
  return divide_up(count, unit) * unit;
}

/// The quantisation of `count` values that are `stride` elements apart.
inline Quantisation quantisation_of(const float* from, Index stride, Index count) {
  // The bits of magnitudes, as integers, have the order of the magnitudes. Infinity and NaN come behind all finite numbers.
  using Bits = Batch<std::int32_t>;
  constexpr int chains = 4;  // one chain of maxima would wait for the latency of each
  Bits largest[std::size_t{chains}];
  unroll<chains>([&](auto c) ADATAPE_INLINE_LAMBDA { largest[c] = splat(std::int32_t{0}); });
  const auto take = [&](const Batch<float>& x, auto c) ADATAPE_INLINE_LAMBDA {
    largest[c] = max(largest[c], Bits(std::bit_cast<Bits::register_type>(static_cast<Batch<float>::register_type>(abs(x)))));
  };
  Index k = 0;
  if (stride == 1)
    for (; k + chains * lanes<float> <= count; k += chains * lanes<float>)
      unroll<chains>([&](auto c) ADATAPE_INLINE_LAMBDA { take(load(from + k + c * lanes<float>), c); });
  for_each_batch<float>(count - k, [&](Index i, Index in_batch) ADATAPE_INLINE_LAMBDA {
    take(load_strided(from + (k + i) * stride, stride, in_batch), std::integral_constant<int, 0>{});
  });
  const Bits of_all = max(max(largest[0], largest[1]), max(largest[2], largest[3]));
  if (any_greater(of_all, splat(std::bit_cast<std::int32_t>(std::numeric_limits<float>::max())))) return Quantisation(std::numeric_limits<float>::infinity());
  return Quantisation(reduce_max(Batch<float>(std::bit_cast<Batch<float>::register_type>(static_cast<Bits::register_type>(of_all)))));
}

/// Quantises `count` values of a row of A, which are `stride` elements apart. `to` is [quantised_row(count)]. Returns the scale.
inline float quantise_row(const float* from, Index stride, Index count, Int8Step::Left* to) {
  const Quantisation quantisation = quantisation_of(from, stride, count);
  const auto inverse = splat(quantisation.inverse);
  const bool finite = quantisation.inverse != 0;
  const auto integers = [&](Index k) ADATAPE_INLINE_LAMBDA { return rounded_to_integers(load(from + k) * inverse); };
  constexpr Index batch = lanes<float>;
  Index k = 0;
  if (stride == 1 && finite) {
#if defined(ADATAPE_READS_INT8) && defined(__AVX512F__)
    for (; k + 4 * batch <= count; k += 4 * batch)
      store_quantised(to + k, {integers(k), integers(k + batch), integers(k + 2 * batch), integers(k + 3 * batch)});
#endif
    for (; k + batch <= count; k += batch) store_quantised(to + k, integers(k));
  }
  for (; k < quantised_row(count); k += lanes<float>) {
    const Index in_batch = k >= count ? 0 : count - k < lanes<float> ? count - k : lanes<float>;
    store_quantised(to + k, finite ? rounded_to_integers(load_strided(from + k * stride, stride, in_batch) * inverse) : splat(0));
  }
  return quantisation.scale;
}

/// Rows [4 * first, 4 * end) of a strip as Int8Step reads them: where they are, or widened to `buffer` [4 * (end - first), strip.columns].
inline const Int8Step::Right* read_strip(const Int8Strip& strip, Index first, [[maybe_unused]] Index end, [[maybe_unused]] float* buffer) {
  const Index width = strip.columns;
  const std::int8_t* const from = strip.data + first * int8_packed * width;
#if defined(ADATAPE_READS_INT8)
  return from;
#else
  for (Index q = 0; q < end - first; ++q)
    for (Index j = 0; j < width; j += lanes<float>) widen_quadruples(from + int8_packed * (q * width + j), buffer + int8_packed * q * width + j, width);
  return buffer;
#endif
}

}  // namespace adatape::simd
