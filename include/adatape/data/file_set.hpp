#pragma once
/// A data set whose pictures are files, one each.
#include "adatape/data/index_cache.hpp"
#include "adatape/image/decode.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::data {

/// The files of an index as a Dataset. A picture is read and decoded when it is asked for, by image::read_image. Nothing else is kept than the index.
class FileSet {
 public:
  /// `root` is the folder to which the paths of the index are relative.
  FileSet(std::filesystem::path root, CachedIndex index, const image::DecodeOptions& decode = {})
      : root_(std::move(root)), index_(std::move(index)), decode_(decode) {}

  Index size() const { return index_.index.size(); }
  const std::vector<std::string>& class_names() const { return index_.index.class_names; }
  Index label(Index i) const {
    require_sample(i, size(), "files");
    return index_.index.labels[static_cast<std::size_t>(i)];
  }
  /// The path of picture i: the root, and its path in the index. Throws Error unless 0 <= i < size().
  std::filesystem::path path(Index i) const {
    require_sample(i, size(), "files");
    return root_ / index_.index.path(i);
  }
  /// path(i) as text.
  std::string name(Index i) const { return path(i).string(); }
  image::Image image(Index i) const { return image::read_image(path(i), decode_); }

  /// Paths, labels and class names of the set. Valid as long as this object.
  const FileIndex& index() const { return index_.index; }
  bool from_cache() const { return index_.from_cache; }          ///< whether the index came from a cache
  const std::string& cache_note() const { return index_.note; }  ///< CachedIndex::note

 private:
  std::filesystem::path root_;
  CachedIndex index_;
  image::DecodeOptions decode_;
};

}  // namespace adatape::data
