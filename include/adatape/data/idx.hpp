#pragma once
/// IDX, the format of MNIST and its kin: bytes 0 0 type rank, `rank` big-endian sizes, the elements. Plain or gzip.
#include <algorithm>
#include <vector>

#include "adatape/core/types.hpp"
#include "adatape/data/byte_reader.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::data {

/// An IDX file of unsigned bytes, row-major.
struct IdxArray {
  std::vector<Index> shape;
  std::vector<std::uint8_t> values;
};

/// Reads an IDX file of unsigned bytes and `rank` dimensions, each at least 1. Memory follows what the file really holds, not what it claims.
/// Throws Error for another type or rank, sizes that the file cannot hold, and a file that is damaged, too short or too long.
inline IdxArray read_idx(const std::filesystem::path& path, Index rank) {
  ByteReader reader(path);
  const auto& where = reader.path();
  std::array<std::uint8_t, 4> magic{};
  reader.read(magic);
  require(magic[0] == 0 && magic[1] == 0, where, ": not an IDX file: its first two bytes must be 0");
  require(magic[2] == 0x08, where, ": wanted elements of type 8 (unsigned byte), found type ", int{magic[2]});
  require(Index{magic[3]} == rank, where, ": wanted ", rank, " dimensions, found ", int{magic[3]});

  IdxArray array;
  std::uint64_t size = 1;
  for (Index axis = 0; axis < rank; ++axis) {
    std::array<std::uint8_t, 4> bytes{};
    reader.read(bytes);
    const std::uint64_t dim = std::uint64_t{bytes[0]} << 24 | std::uint64_t{bytes[1]} << 16 | std::uint64_t{bytes[2]} << 8 | bytes[3];
    require(dim > 0, where, ": dimension ", axis, " is 0");
    require(size <= reader.largest_size() / dim, where, ": declares more elements than a file of its size can hold; is it cut short?");
    size *= dim;
    array.shape.push_back(static_cast<Index>(dim));
  }
  for (std::uint64_t chunk = 0; size > 0; size -= chunk) {
    chunk = std::min<std::uint64_t>(size, 1 << 24);
    array.values.resize(array.values.size() + chunk);
    reader.read(std::span(array.values).last(chunk));
  }
  reader.require_end();
  return array;
}

/// Labelled images of one size, row-major [count, height, width, channels].
struct ImageDataset {
  Index count = 0, height = 0, width = 0, channels = 0;
  std::vector<std::uint8_t> pixels;
  std::vector<std::int32_t> labels;

  Index image_size() const { return height * width * channels; }
  std::span<const std::uint8_t> image(Index i) const {
    return std::span(pixels).subspan(static_cast<std::size_t>(i * image_size()), static_cast<std::size_t>(image_size()));
  }
};

enum class Split : std::uint8_t { train, test };

/// The file of `directory` called stem + "-" or "." + type + "-ubyte", with or without ".gz". Throws Error if there is none.
inline std::filesystem::path find_idx(const std::filesystem::path& directory, const std::string& stem, const std::string& type) {
  for (const char* separator : {"-", "."})
    for (const char* ending : {"", ".gz"}) {
      const auto path = directory / (stem + separator + type + "-ubyte" + ending);
      std::error_code failure;
      if (std::filesystem::exists(path, failure)) return path;
    }
  throw Error(directory.string() + ": wanted a file " + stem + "-" + type + "-ubyte or " + stem + "." + type + "-ubyte, plain or .gz, found none");
}

/// Loads images and labels of a split ("train-images-idx3-ubyte", "t10k-labels.idx1-ubyte.gz", ...). Throws Error as read_idx does, if the two
/// differ in number, or for a label that is not below `classes`.
inline ImageDataset load_idx_dataset(const std::filesystem::path& directory, Split split, Index classes = 10) {
  const std::string stem = split == Split::train ? "train" : "t10k";
  const auto images_path = find_idx(directory, stem + "-images", "idx3"), labels_path = find_idx(directory, stem + "-labels", "idx1");
  auto images = read_idx(images_path, 3);
  const auto labels = read_idx(labels_path, 1);
  require(images.shape[0] == labels.shape[0], labels_path.string(), ": wanted a label for each of ", images.shape[0], " images, found ", labels.shape[0]);
  const auto bad = std::ranges::find_if(labels.values, [&](std::uint8_t label) { return label >= classes; });
  if (bad != labels.values.end())
    require(false, labels_path.string(), ": label ", bad - labels.values.begin(), " is ", int{*bad}, ", wanted less than ", classes);
  return {images.shape[0], images.shape[1], images.shape[2], 1, std::move(images.values), {labels.values.begin(), labels.values.end()}};
}

}  // namespace adatape::data
