#pragma once
/// IDX, the format of MNIST and Fashion-MNIST: four bytes (0, 0, type, rank), `rank` sizes of 4 bytes (big-endian), the elements. Plain or gzip.
#include <algorithm>
#include <vector>

#include "adatape/core/types.hpp"
#include "adatape/data/byte_reader.hpp"
#include "adatape/data/split.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::data {

/// An IDX file of unsigned bytes, row-major.
struct IdxArray {
  std::vector<Index> shape;          ///< [rank], each at least 1
  std::vector<std::uint8_t> values;  ///< as many as the product of the shape
};

/// The most elements that read_idx reads unless told otherwise: 1 GiB, more than twenty times Fashion-MNIST.
inline constexpr std::uint64_t kLargestIdx = std::uint64_t{1} << 30;

namespace detail {

inline std::string idx_type_text(int type) {
  const char* name = type == 0x09   ? " (signed byte)"
                     : type == 0x0b ? " (short)"
                     : type == 0x0c ? " (int)"
                     : type == 0x0d ? " (float)"
                     : type == 0x0e ? " (double)"
                                    : "";
  return std::to_string(type) + name;
}

/// For the end of a message: what a file of `found` dimensions probably is, where `wanted` dimensions were wanted.
inline std::string idx_rank_hint(Index wanted, int found) {
  if (found == wanted) return "";
  if (found == 4 && wanted == 3) return ": colour images? Only grey ones, [count, height, width], can be read";
  if (found == 3) return ": images?";
  return found == 1 ? ": labels?" : "";
}

/// The number of dimensions that the header of an IDX file states. The rest of the header is not looked at. Throws Error if the file is not IDX.
inline int read_idx_rank(const std::filesystem::path& path) {
  ByteReader reader(path);
  std::array<std::uint8_t, 4> magic{};
  reader.read(magic);
  require(magic[0] == 0 && magic[1] == 0, reader.path(), ": not an IDX file: its first two bytes must be 0");
  return magic[3];
}

/// Reads and returns the sizes. Throws Error as read_idx does for a header.
inline std::vector<Index> read_idx_header(ByteReader& reader, Index rank, std::uint64_t limit) {
  const auto& where = reader.path();
  std::array<std::uint8_t, 4> magic{};
  reader.read(magic);
  require(magic[0] == 0 && magic[1] == 0, where, ": not an IDX file: its first two bytes must be 0");
  if (magic[2] != 0x08) throw Error(where + ": wanted elements of type 8 (unsigned byte), found type " + idx_type_text(magic[2]));
  require(Index{magic[3]} == rank, where, ": wanted ", rank, " dimensions, found ", int{magic[3]}, idx_rank_hint(rank, magic[3]));
  std::vector<Index> shape;
  std::uint64_t size = 1;
  for (Index axis = 0; axis < rank; ++axis) {
    std::array<std::uint8_t, 4> bytes{};
    reader.read(bytes);
    const std::uint64_t dim = std::uint64_t{bytes[0]} << 24 | std::uint64_t{bytes[1]} << 16 | std::uint64_t{bytes[2]} << 8 | bytes[3];
    require(dim > 0, where, ": dimension ", axis, " is 0");
    require(size <= reader.largest_size() / dim, where, ": declares more elements than a file of its size can hold; is it cut short?");
    require(size <= limit / dim, where, ": declares more than ", limit, " elements, the limit");
    size *= dim;
    shape.push_back(static_cast<Index>(dim));
  }
  return shape;
}

}  // namespace detail

/// The shape that the IDX file at `path` declares. The elements are not read. Throws Error as read_idx does for a header.
inline std::vector<Index> read_idx_shape(const std::filesystem::path& path, Index rank, std::uint64_t limit = kLargestIdx) {
  ByteReader reader(path);
  return detail::read_idx_header(reader, rank, limit);
}

/// Reads an IDX file of unsigned bytes and `rank` dimensions, each at least 1. Throws Error for
///  - a header of another type or rank, of a dimension of 0, of more than `limit` elements, or of more elements than a file of this size can hold,
///  - a file that cannot be read, is damaged, or has fewer or more bytes than its header says.
/// Throws std::bad_alloc where there is no memory. Memory grows with the bytes that have been read. So a header that declares much does not take much.
inline IdxArray read_idx(const std::filesystem::path& path, Index rank, std::uint64_t limit = kLargestIdx) {
  ByteReader reader(path);
  IdxArray array{detail::read_idx_header(reader, rank, limit), {}};
  std::uint64_t size = 1;
  for (const Index dim : array.shape) size *= static_cast<std::uint64_t>(dim);
  if (!reader.compressed()) array.values.reserve(size);  // the file is at least as long
  for (std::uint64_t chunk = 0; size > 0; size -= chunk) {
    chunk = std::min<std::uint64_t>(size, 1 << 20);
    const std::size_t held = array.values.size();
    if (array.values.capacity() < held + chunk) array.values.reserve(held + std::min<std::uint64_t>(size, std::max<std::uint64_t>(held, chunk)));
    array.values.resize(held + chunk);
    reader.read(std::span(array.values).last(chunk));
  }
  reader.require_end();
  return array;
}

/// Labelled images of one size.
struct ImageDataset {
  Index count = 0;                   ///< number of images
  Index height = 0, width = 0;       ///< of every image, in pixels
  Index channels = 0;                ///< values of a pixel, 1: grey, 3: RGB
  std::vector<std::uint8_t> pixels;  ///< [count, height, width, channels], row-major, 0 to 255
  std::vector<std::int64_t> labels;  ///< [count]

  /// Values of one image.
  Index image_size() const { return height * width * channels; }
  /// Image i [height, width, channels], 0 <= i < count. A view of `pixels`.
  std::span<const std::uint8_t> image(Index i) const {
    return std::span(pixels).subspan(static_cast<std::size_t>(i * image_size()), static_cast<std::size_t>(image_size()));
  }
};

/// The path of an IDX file in `directory`. Its name is stem, "-" or ".", type, "-ubyte", and ".gz" or nothing. If there is no such file, a file of such a name
/// inside a folder of such a name is taken, as some archives have it (train-images-idx3-ubyte/train-images-idx3-ubyte). Only regular files count, so folders
/// beside the files do no harm. Of several files a name with "-" is taken before one with ".", and then a plain file before .gz. Throws Error if there is none.
inline std::filesystem::path find_idx(const std::filesystem::path& directory, const std::string& stem, const std::string& type) {
  std::vector<std::string> names;
  for (const char* separator : {"-", "."})
    for (const char* ending : {"", ".gz"}) names.push_back(stem + separator + type + "-ubyte" + ending);
  std::vector<std::filesystem::path> places;
  for (const auto& name : names) places.push_back(directory / name);
  for (const auto& folder : names)
    for (const auto& name : names) places.push_back(directory / folder / name);
  std::error_code ignored;
  for (const auto& place : places)
    if (std::filesystem::is_regular_file(place, ignored)) return place;
  throw Error(directory.string() + ": wanted a file " + stem + "-" + type + "-ubyte or " + stem + "." + type + "-ubyte, plain or .gz, found none");
}

/// Reads labelled images: `images`, [count, height, width] (grey) or [count, height, width, channels] (1: grey, 3: RGB), and `labels`, [count].
/// Throws Error
///  - as read_idx does, and for another rank or number of channels,
///  - if the numbers of images and labels differ,
///  - unless there is at least 1 class and every label is below `classes`,
///  - for more than `limit` values of pixels (checked before any is read).
/// Throws std::bad_alloc where there is no memory.
inline ImageDataset read_idx_dataset(const std::filesystem::path& images, const std::filesystem::path& labels, Index classes = 10,
                                     std::uint64_t limit = kLargestIdx) {
  require(classes >= 1, "IDX: wanted at least 1 class, found ", classes);
  const int rank = detail::read_idx_rank(images);
  require(rank == 3 || rank == 4, images.string(), ": wanted 3 dimensions (grey pictures) or 4 (colour), found ", rank, rank == 1 ? ": labels?" : "");
  const auto shape = read_idx_shape(images, rank, limit);
  const Index channels = rank == 4 ? shape[3] : 1, label_count = read_idx_shape(labels, 1, limit)[0];
  require(channels == 1 || channels == 3, images.string(), ": wanted [count, height, width, channels] with 1 or 3 channels, found ", channels, " channels");
  require(shape[0] == label_count, labels.string(), ": wanted a label for each of the ", shape[0], " images of ", images.string(), ", found ", label_count,
          " labels");
  const auto classes_of = read_idx(labels, 1, static_cast<std::uint64_t>(label_count));
  const auto bad = std::ranges::find_if(classes_of.values, [&](std::uint8_t label) { return label >= classes; });
  if (bad != classes_of.values.end())
    require(false, labels.string(), ": label ", bad - classes_of.values.begin(), " is ", int{*bad}, ", wanted less than ", classes);
  auto pixels = read_idx(images, rank, limit);
  require(pixels.shape == shape && std::ssize(classes_of.values) == label_count, images.string(), ": changed while it was being read");
  return {shape[0], shape[1], shape[2], channels, std::move(pixels.values), {classes_of.values.begin(), classes_of.values.end()}};
}

/// Loads the grey images and the labels of a split: files such as train-images-idx3-ubyte and t10k-labels.idx1-ubyte.gz. Throws Error as find_idx and
/// read_idx_dataset do, and for images of more than one channel. Throws std::bad_alloc where there is no memory.
inline ImageDataset load_idx_dataset(const std::filesystem::path& directory, Split split, Index classes = 10, std::uint64_t limit = kLargestIdx) {
  const std::string stem = split == Split::train ? "train" : "t10k";
  const auto images = find_idx(directory, stem + "-images", "idx3"), labels = find_idx(directory, stem + "-labels", "idx1");
  auto set = read_idx_dataset(images, labels, classes, limit);
  require(set.channels == 1, images.string(), ": wanted grey images, found ", set.channels, " channels");
  return set;
}

}  // namespace adatape::data
