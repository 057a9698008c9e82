#pragma once
/// A folder that has one folder for each class: root/cat/1.jpg, root/dog/2.png.
///
/// The rules are those of torchvision's ImageFolder (torchvision/datasets/folder.py): the classes are the folders directly inside, in byte order of their
/// names. The pictures of a class are all files below its folder that end in one of kPictureEndings, in any case of letters: folder by folder, in byte
/// order of the folders' paths, and in a folder in byte order of the names. Links are followed. Files directly inside of the root do not count.
/// Differences: names that begin with a dot do not count, neither of files nor of folders. A link that leads nowhere or to a folder above it, a single class,
/// an empty class and names that are not UTF-8 are errors.
#include <array>
#include <numeric>

#include "adatape/data/file_set.hpp"
#include "adatape/data/natural_order.hpp"
#include "adatape/data/text_lines.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::data {

/// torchvision's list. Which of them can be decoded is for image::read_image to say. What is in a file is decided by its bytes.
inline constexpr std::array<std::string_view, 9> kPictureEndings{".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp"};

/// Whether a file name ends in one of kPictureEndings, in any case of letters.
inline bool is_picture_name(std::string_view name) {
  const auto same = [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b); };
  return std::ranges::any_of(kPictureEndings, [&](std::string_view ending) {
    return name.size() > ending.size() && std::ranges::equal(ending, name.substr(name.size() - ending.size()), same);
  });
}

/// bytes: torchvision's order. natural: timm's order of classes and of paths (natural_less).
enum class ClassOrder : std::uint8_t { bytes, natural };

/// The classes that a folder is wanted to have, and the order of classes and pictures.
struct ClassFolderOptions {
  ClassOrder order = ClassOrder::bytes;  ///< of the labels, unless `classes` gives them, and of the paths of pictures
  std::vector<std::string> classes;      ///< the classes in the order of their labels (read_class_names), instead of the folders' names; empty: not given
  bool allow_empty = false;              ///< whether a class may have no pictures, and a class of `classes` no folder, as a small validation set has it
};

namespace detail {

/// Walks through the folders of one class.
class ClassScan {
 public:
  ClassScan(const std::filesystem::path& root, FileIndex& index) : root_(root), index_(index) {}

  /// Adds the pictures below root / folder with this label, and the folders to the sources. Returns the number of pictures. Throws Error for what list_folder
  /// refuses, and for a link to a folder above it.
  Index add(const std::string& folder, Index label) {
    folders_.clear();
    other_.clear();
    walk(folder);
    std::ranges::sort(folders_, {}, &Folder::path);
    const Index before = index_.size();
    for (const Folder& in : folders_)
      for (const std::string& file : in.files) index_.add(in.path + "/" + file, label);
    return index_.size() - before;
  }
  /// A file of the class that is not a picture by its name; empty if there is none.
  const std::string& other() const { return other_; }

 private:
  struct Folder {
    std::string path;
    std::vector<std::string> files;
  };

  void walk(const std::string& folder) {
    const auto place = root_ / folder;
    index_.sources.push_back(index_source(root_, folder));  // before the listing: a change during the listing must be noticed
    struct stat status {};
    io::require_system(::stat(place.c_str(), &status) == 0, place.string(), "cannot inspect");
    const std::pair self{status.st_dev, status.st_ino};
    require(std::ranges::find(above_, self) == above_.end(), place.string(), ": wanted a folder of pictures, found a link to a folder above it");
    above_.push_back(self);
    auto listing = list_folder(place);
    std::erase_if(listing.files, [&](const std::string& name) {
      const bool picture = is_picture_name(name);
      if (!picture && other_.empty()) other_ = name;
      return !picture;
    });
    folders_.push_back({folder, std::move(listing.files)});
    for (const std::string& inner : listing.folders) walk(folder + "/" + inner);
    above_.pop_back();
  }

  const std::filesystem::path& root_;
  FileIndex& index_;
  std::vector<Folder> folders_;
  std::vector<std::pair<dev_t, ino_t>> above_;
  std::string other_;
};

/// Sorts the files of an index by natural_less of their paths, as timm does.
inline void sort_naturally(FileIndex& index) {
  std::vector<Index> order(index.ends.size());
  std::iota(order.begin(), order.end(), Index{0});
  std::ranges::sort(order, [&](Index a, Index b) { return natural_less(index.path(a), index.path(b)); });
  const FileIndex old = std::move(index);
  index = {old.class_names, old.sources, old.scanned, {}, {}, {}};
  for (const Index i : order) index.add(old.path(i), old.labels[static_cast<std::size_t>(i)]);
}

/// Throws Error, which says what is wrong, unless `listing` of `where` can be one folder for each of several classes.
inline void require_class_folders(const FolderListing& listing, const std::string& where, bool one_is_enough) {
  constexpr std::array<std::string_view, 6> splits{"train", "val", "valid", "validation", "test", "testing"};
  const auto& folders = listing.folders;
  require(!folders.empty() || listing.files.empty(), where, ": wanted a folder for each class, found no folder and ", listing.files.size(),
          " files directly inside, such as ", listing.files.empty() ? "" : io::in_quotes(listing.files.front()));
  require(!folders.empty(), where, ": wanted a folder for each class, found an empty folder");
  const bool are_splits = std::ranges::all_of(folders, [&](const std::string& name) { return std::ranges::find(splits, name) != splits.end(); });
  require(!are_splits, where, ": wanted a folder for each class, found the parts of a data set, such as ", io::in_quotes(folders.front()),
          ": give one of them");
  require(folders.size() > 1 || one_is_enough, where, ": wanted at least 2 classes, found the single folder ", io::in_quotes(folders.front()));
}

/// scan_class_folder of root / prefix. The paths are relative to `root`.
inline FileIndex scan_classes(const std::filesystem::path& root, const std::string& prefix, const ClassFolderOptions& options) {
  const auto place = source_place(root, prefix);
  const std::string where = place.string();
  FileIndex index = start_index();
  index.sources.push_back(index_source(root, prefix));
  const auto listing = list_folder(place);
  const bool given = !options.classes.empty();
  require_class_folders(listing, where, given && (options.classes.size() == 1 || options.allow_empty));
  auto folders = listing.folders;
  for (const std::string& name : folders) require_class_name(name, where);
  if (options.order == ClassOrder::natural) std::ranges::sort(folders, natural_less);
  index.class_names = given ? options.classes : folders;
  const auto labels = match_classes(folders, index.class_names, where);
  ClassScan scan(root, index);
  std::vector<bool> filled(index.class_names.size());
  for (std::size_t i = 0; i < folders.size(); ++i) {
    const Index count = scan.add(join_path(prefix, folders[i]), labels[i]);
    if (count == 0 && !options.allow_empty)
      require(false, (place / folders[i]).string(), ": wanted pictures of a class, found none",
              scan.other().empty() ? "" : "; " + io::in_quotes(scan.other()) + " does not end like a picture (.jpg, .png, ...)");
    filled[static_cast<std::size_t>(labels[i])] = true;
  }
  const auto missing = std::ranges::find(filled, false);
  if (missing != filled.end() && !options.allow_empty)
    require(false, where, ": wanted a folder for each of the ", filled.size(), " given classes, found none for ",
            io::in_quotes(index.class_names[static_cast<std::size_t>(missing - filled.begin())]));
  require(index.size() > 0, where, ": wanted pictures in folders, found none");
  if (options.order == ClassOrder::natural) sort_naturally(index);
  return index;
}

/// What the result of a scan depends on, for the key of a cache.
inline std::string options_key(const ClassFolderOptions& options) {
  std::string key = options.order == ClassOrder::natural ? "natural" : "bytes";
  if (options.allow_empty) key += " empty";
  for (const auto& name : options.classes) key += "\n" + name;
  return key;
}

}  // namespace detail

/// The files and classes of the folder `root`, by the rules at the top of this header. Each folder is read once.
/// Throws Error, which names the place, if
///  - root is not a folder, is empty, has files but no folders, has a single folder (unless one class is given), or has nothing but folders that are called
///    like the parts of a data set (train, val, test),
///  - a class has no pictures, or a given class has no folder (unless allow_empty), or no class has any,
///  - there is a folder that is none of the given classes,
///  - a link leads nowhere or to a folder above it, something is neither file nor folder, or a folder cannot be read,
///  - the name of a class is not UTF-8 or has control characters.
inline FileIndex scan_class_folder(const std::filesystem::path& root, const ClassFolderOptions& options = {}) {
  return detail::scan_classes(root, "", options);
}

/// The folder as a Dataset. `cache` is a file for the index, outside of `root` (cached_index), or empty. Throws Error as scan_class_folder and cached_index do.
inline FileSet open_class_folder(const std::filesystem::path& root, const ClassFolderOptions& options = {}, const std::filesystem::path& cache = {},
                                 const image::DecodeOptions& decode = {}) {
  return {root, cached_index(cache, "class folder " + detail::options_key(options), root, [&] { return scan_class_folder(root, options); }), decode};
}

}  // namespace adatape::data
