#pragma once
/// The pictures of MNIST or Fashion-MNIST, from which tasks are made.
#include <filesystem>

#include "adatape/core/error.hpp"
#include "adatape/data/idx.hpp"
#include "adatape/io/checksum.hpp"

namespace adatape::examples {

/// Height and width of a picture, in pixels.
inline constexpr Index kIdxPicture = 28;

/// One split of the set in `directory`. Throws Error as data::load_idx_dataset does, and for pictures of another size.
inline data::ImageDataset load_idx_pictures(const std::filesystem::path& directory, data::Split split) {
  auto set = data::load_idx_dataset(directory, split);
  require(set.height == kIdxPicture && set.width == kIdxPicture, directory.string(), ": wanted images of 28 x 28, found ", set.height, " x ", set.width);
  return set;
}

/// The CRC-32 of the pixels and labels of a split; `before`: that of the split before it.
inline std::uint32_t checksum_of(const data::ImageDataset& set, std::uint32_t before = 0) {
  return io::crc32(std::as_bytes(std::span(set.labels)), io::crc32(std::as_bytes(std::span(set.pixels)), before));
}

/// The mean, from 0 to 1, over the `side` x `side` pixels of a picture whose first one is (row, column).
inline float block_mean(std::span<const std::uint8_t> picture, Index row, Index column, Index side) {
  int sum = 0;
  for (Index y = row; y < row + side; ++y)
    for (Index x = column; x < column + side; ++x) sum += picture[static_cast<std::size_t>(y * kIdxPicture + x)];
  return static_cast<float>(sum) / static_cast<float>(255 * side * side);
}

}  // namespace adatape::examples
