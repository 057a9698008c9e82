#pragma once
/// TensorFlow's resizes of pictures as the pipelines of scenic and big_vision use them. All arithmetic is in float32, and each operation rounds on its own.
/// Results are cut to bytes.
#include <algorithm>
#include <cmath>

#include "adatape/image/pixel.hpp"
#include "adatape/image/rounded.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::image::tensorflow {

namespace detail {

/// A result between two inputs: in[lower] + (in[upper] - in[lower]) weight.
struct Between {
  Index lower, upper;
  float weight;
};

/// Half-pixel centres (TensorFlow 2): s = (i + 1/2) in / out - 1/2, lower = max(floor s, 0), upper = min(ceil s, in - 1), weight = s - floor s.
inline std::vector<Between> between(Index in, Index out) {
  const float scale = static_cast<float>(in) / static_cast<float>(out);
  std::vector<Between> table;
  for (Index i = 0; i < out; ++i) {
    const float at = rounded((static_cast<float>(i) + 0.5f) * scale) - 0.5f, floor = std::floor(at);
    table.push_back({std::clamp<Index>(static_cast<Index>(floor), 0, in - 1), std::clamp<Index>(static_cast<Index>(std::ceil(at)), 0, in - 1), at - floor});
  }
  return table;
}

/// Result i is the mean of the inputs first .. last over [i in / out, (i + 1) in / out). The first and the last are covered in part, those between whole.
struct Cover {
  Index first, last;
  float first_weight, last_weight;
};

inline std::vector<Cover> covers(Index in, Index out, float scale) {
  std::vector<Cover> table;
  for (Index i = 0; i < out; ++i) {
    const float begin = rounded(static_cast<float>(i) * scale), end = rounded(static_cast<float>(i + 1) * scale);
    const auto weight = [&](Index j) {
      const float left = static_cast<float>(j), right = static_cast<float>(j + 1);
      if (left < begin) return right > end ? scale : right - begin;
      return right > end ? end - left : 1.0f;
    };
    const Index first = static_cast<Index>(std::floor(begin)), last = static_cast<Index>(std::ceil(end)) - 1;
    table.push_back({std::min(first, in - 1), std::min(last, in - 1), weight(first), last > first ? weight(last) : 0.0f});
  }
  return table;
}

inline void require_size(Index height, Index width) {
  constexpr Index largest = Index{1} << 24;  // float32 holds every index below
  require(1 <= height && height <= largest && 1 <= width && width <= largest, "resize: wanted a height and a width of 1 to ", largest, ", found ", height,
          " x ", width);
}

}  // namespace detail

/// Bilinear without antialias (tf.image.resize, antialias = False). Throws Error unless height and width are 1 to 2^24.
inline Image resize_bilinear(const Image& picture, Index height, Index width) {
  detail::require_size(height, width);
  Image out(height, width, picture.channels);
  const auto rows = detail::between(picture.height, height), columns = detail::between(picture.width, width);
  const Index channels = picture.channels, size = out.row_size();
  std::vector<float> upper(static_cast<std::size_t>(size)), lower(upper), products_of(upper), weights_of;
  for (const auto& column : columns) weights_of.insert(weights_of.end(), static_cast<std::size_t>(channels), column.weight);
  float* products = products_of.data();
  const float* weights = weights_of.data();
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(2 * size));
  std::uint8_t *left = bytes.data(), *right = left + size;
  Index upper_row = -1, lower_row = -1;  // the rows of the picture that `upper` and `lower` hold, resized along x
  const auto fill = [&](Index y, std::vector<float>& row) {
    const std::uint8_t* in = picture.row(y);
    Index i = 0;
    for (const auto& column : columns) {
      copy_pixel(in + column.lower * channels, picture.channels, left + i);
      copy_pixel(in + column.upper * channels, picture.channels, right + i);
      i += channels;
    }
    for (i = 0; i < size; ++i) products[i] = static_cast<float>(right[i] - left[i]) * weights[i];
    keep_products(products);
    float* result = row.data();
    for (i = 0; i < size; ++i) result[i] = static_cast<float>(left[i]) + products[i];
  };
  for (Index y = 0; y < height; ++y) {
    const auto& place = rows[static_cast<std::size_t>(y)];
    if (place.lower != upper_row && place.lower == lower_row) {
      std::swap(upper, lower);
      std::swap(upper_row, lower_row);
    }
    if (place.lower != upper_row) fill(upper_row = place.lower, upper);
    if (place.upper != lower_row) fill(lower_row = place.upper, lower);
    std::uint8_t* to = out.row(y);
    const float *first = upper.data(), *second = lower.data(), weight = place.weight;
    for (Index i = 0; i < size; ++i) products[i] = (second[i] - first[i]) * weight;
    keep_products(products);
    for (Index i = 0; i < size; ++i) to[i] = static_cast<std::uint8_t>(static_cast<std::int32_t>(first[i] + products[i]));
  }
  return out;
}

/// The mean of the rectangle that a result covers (tf.image.resize, method "area"; antialias changes nothing). Sums run along x first, as in TensorFlow's
/// kernel. Throws Error unless height and width are 1 to 2^24.
inline Image resize_area(const Image& picture, Index height, Index width) {
  detail::require_size(height, width);
  Image out(height, width, picture.channels);
  const float row_scale = static_cast<float>(picture.height) / static_cast<float>(height);
  const float column_scale = static_cast<float>(picture.width) / static_cast<float>(width), inverse = 1 / (row_scale * column_scale);
  const auto rows = detail::covers(picture.height, height, row_scale), columns = detail::covers(picture.width, width, column_scale);
  const Index channels = picture.channels;
  const Index size = out.row_size();
  std::vector<float> sum_of(static_cast<std::size_t>(size)), across_of(static_cast<std::size_t>(size));
  float *sums = sum_of.data(), *across = across_of.data();
  Index held = -1;  // the row of the picture whose sums along x `across` holds
  const auto add_along = [&](Index from) {
    const std::uint8_t* in = picture.row(from);
    float* to = across;
    for (const auto& [first, last, first_weight, last_weight] : columns)
      for (Index c = 0; c < channels; ++c) {
        float sum = rounded(static_cast<float>(in[first * channels + c]) * first_weight);
        for (Index x = first + 1; x < last; ++x) sum += static_cast<float>(in[x * channels + c]);
        *to++ = last > first ? sum + rounded(static_cast<float>(in[last * channels + c]) * last_weight) : sum;
      }
    held = from;
  };
  for (Index y = 0; y < height; ++y) {
    const auto& row = rows[static_cast<std::size_t>(y)];
    std::fill_n(sums, size, 0.0f);
    for (Index from = row.first; from <= row.last; ++from) {
      const float weight = from == row.first ? row.first_weight : from == row.last ? row.last_weight : 1.0f;
      if (from != held) add_along(from);
      for (Index i = 0; i < size; ++i) sums[i] += rounded(across[i] * weight);
    }
    std::uint8_t* to = out.row(y);
    for (Index i = 0; i < size; ++i) to[i] = static_cast<std::uint8_t>(std::clamp(static_cast<std::int32_t>(sums[i] * inverse), 0, 255));
  }
  return out;
}

}  // namespace adatape::image::tensorflow
