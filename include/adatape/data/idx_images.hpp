#pragma once
/// IDX files of grey or colour pictures as a Dataset.
#include "adatape/data/dataset.hpp"
#include "adatape/data/idx.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::data {

/// Pictures of one size with their labels, in memory: a Dataset. The names of the classes are empty, because IDX has none.
class IdxImages {
 public:
  /// Reads `images` and `labels`, plain or gzip. Throws as read_idx_dataset does.
  IdxImages(const std::filesystem::path& images, const std::filesystem::path& labels, Index classes = 10, std::uint64_t limit = kLargestIdx)
      : path_(images.string()), set_(read_idx_dataset(images, labels, classes, limit)), names_(static_cast<std::size_t>(classes)) {}

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
