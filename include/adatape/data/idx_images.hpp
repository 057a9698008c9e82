#pragma once
/// IDX files of grey or colour pictures as a Dataset.
#include "adatape/data/dataset.hpp"
#include "adatape/data/idx.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::data {

namespace detail {

/// The number of dimensions that the header of an IDX file states. The rest of the header is not looked at. Throws Error if the file is not IDX.
inline int read_idx_rank(const std::filesystem::path& path) {
  ByteReader reader(path);
  std::array<std::uint8_t, 4> magic{};
  reader.read(magic);
  require(magic[0] == 0 && magic[1] == 0, reader.path(), ": not an IDX file: its first two bytes must be 0");
  return magic[3];
}

}  // namespace detail

/// Pictures of one size with their labels, in memory: a Dataset. The names of the classes are empty, because IDX has none.
class IdxImages {
 public:
  /// Reads `images`, [count, height, width] (grey) or [count, height, width, channels] (1: grey, 3: RGB), and `labels`, [count]. Both are plain or gzip.
  /// Throws Error as read_idx does, for another rank or number of channels, if the counts differ, and for a label that is not below `classes`; and for more
  /// than `limit` values of pixels. Throws std::bad_alloc where there is no memory.
  IdxImages(const std::filesystem::path& images, const std::filesystem::path& labels, Index classes = 10, std::uint64_t limit = kLargestIdx)
      : path_(images.string()) {
    require(classes >= 1, "IDX: wanted at least 1 class, found ", classes);
    const int rank = detail::read_idx_rank(images);
    require(rank == 3 || rank == 4, path_, ": wanted 3 dimensions (grey pictures) or 4 (colour), found ", rank, rank == 1 ? ": labels?" : "");
    const auto shape = read_idx_shape(images, rank, limit);
    const Index channels = rank == 4 ? shape[3] : 1;
    require(channels == 1 || channels == 3, path_, ": wanted [count, height, width, channels] with 1 or 3 channels, found ", channels, " channels");
    const Index label_count = read_idx_shape(labels, 1, limit)[0];
    require(shape[0] == label_count, labels.string(), ": wanted a label for each of the ", shape[0], " images of ", path_, ", found ", label_count, " labels");
    auto pixels = read_idx(images, rank, limit);
    const auto classes_of = read_idx(labels, 1, static_cast<std::uint64_t>(label_count));
    require(pixels.shape == shape && std::ssize(classes_of.values) == label_count, path_, ": changed while it was being read");
    for (std::size_t i = 0; i < classes_of.values.size(); ++i)
      require(classes_of.values[i] < classes, labels.string(), ": label ", i, " is ", int{classes_of.values[i]}, ", wanted less than ", classes);
    set_ = {shape[0], shape[1], shape[2], channels, std::move(pixels.values), {classes_of.values.begin(), classes_of.values.end()}};
    names_.resize(static_cast<std::size_t>(classes));
  }

  Index size() const { return set_.count; }
  const std::vector<std::string>& class_names() const { return names_; }
  Index label(Index i) const {
    require_sample(i, size(), "IDX");
    return set_.labels[static_cast<std::size_t>(i)];
  }
  /// "path: picture i"
  std::string name(Index i) const {
    require_sample(i, size(), "IDX");
    return path_ + ": picture " + io::number_text(i);
  }
  /// [height, width, 1 or 3], the channels of the file.
  image::Image image(Index i) const {
    require_sample(i, size(), "IDX");
    image::Image out(set_.height, set_.width, static_cast<int>(set_.channels));
    std::ranges::copy(set_.image(i), out.values.begin());
    return out;
  }
  /// The whole set as one tensor, valid as long as this object.
  const ImageDataset& values() const { return set_; }

 private:
  std::string path_;
  ImageDataset set_;
  std::vector<std::string> names_;
};

/// Reads the split of `directory`: train-images-idx3-ubyte (or idx4, for colour) and train-labels-idx1-ubyte, or those that begin with "t10k". The names are
/// found as find_idx says; grey pictures are looked for first. Throws Error as find_idx and IdxImages do.
inline IdxImages load_idx_images(const std::filesystem::path& directory, Split split, Index classes = 10, std::uint64_t limit = kLargestIdx) {
  const std::string stem = split == Split::train ? "train" : "t10k";
  const auto labels = find_idx(directory, stem + "-labels", "idx1");
  std::filesystem::path images;
  try {
    images = find_idx(directory, stem + "-images", "idx3");
  } catch (const Error& no_grey) {
    try {
      images = find_idx(directory, stem + "-images", "idx4");
    } catch (const Error&) {
      throw no_grey;
    }
  }
  return {images, labels, classes, limit};
}

}  // namespace adatape::data
