#pragma once
/// A picture in memory.
#include <cstdint>
#include <vector>

#include "adatape/core/error.hpp"
#include "adatape/core/types.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::image {

/// [height, width, channels] bytes, row-major: red, green and blue of a pixel stand side by side. A value type: copies are deep.
struct Image {
  Index height = 0, width = 0;       ///< in pixels; 0 in a picture made without sizes
  int channels = 3;                  ///< 1: grey, 3: RGB
  std::vector<std::uint8_t> values;  ///< [height, width, channels]

  Image() = default;
  /// A black picture. Throws Error unless height and width are at least 1, and channels is 1 or 3. Throws std::bad_alloc where there is no memory.
  Image(Index height_, Index width_, int channels_) : height(height_), width(width_), channels(channels_) {
    require(height >= 1 && width >= 1 && (channels == 1 || channels == 3), "image: wanted a height and a width of at least 1 and 1 or 3 channels, found ",
            height, " x ", width, " and ", channels);
    values.resize(static_cast<std::size_t>(height * width * channels));
  }

  Index row_size() const { return width * channels; }  ///< values of a row
  /// The first value of row y, valid until `values` is changed in size. y is not checked.
  ///@{
  std::uint8_t* row(Index y) { return values.data() + y * row_size(); }
  const std::uint8_t* row(Index y) const { return values.data() + y * row_size(); }
  ///@}
  bool operator==(const Image&) const = default;
};

}  // namespace adatape::image
