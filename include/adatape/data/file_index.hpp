#pragma once
/// The list of the pictures of a data set that is files in folders, and how it is made from the folders.
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "adatape/data/dataset.hpp"
#include "adatape/io/descriptor.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::data {

/// A folder or a list from which an index was made, and its state at that time. A folder's modification time changes when an entry is added, removed or
/// renamed.
struct IndexSource {
  std::string path;           ///< relative to the root of the index, or absolute
  std::int64_t modified = 0;  ///< nanoseconds since 1970, by the clock of the file system
  std::uint64_t size = 0;     ///< bytes of a file, 0 for a folder
  bool operator==(const IndexSource&) const = default;
};

/// Paths, labels and class names of a set. A value type. An entry takes 12 bytes and its path: a million of them some 50 MB.
struct FileIndex {
  std::vector<std::string> class_names;  ///< one for each class, in the order of the labels
  std::vector<IndexSource> sources;      ///< every folder and list that the scan read; where one of them has changed, the index is out of date
  std::int64_t scanned = 0;              ///< nanoseconds since 1970 when the scan began, by the clock of this machine
  std::string paths;                     ///< all paths, one behind the other, relative to the root of the set
  std::vector<std::uint64_t> ends;       ///< [size] path i ends before paths[ends[i]]
  std::vector<std::int32_t> labels;      ///< [size], each 4 bytes, as in the file of the cache

  Index size() const { return std::ssize(ends); }  ///< number of files
  /// The path of file i, 0 <= i < size(), which is not checked. A view, valid until the index is changed.
  std::string_view path(Index i) const {
    const auto at = static_cast<std::size_t>(i);
    const std::uint64_t begin = at == 0 ? 0 : ends[at - 1];
    return std::string_view(paths).substr(begin, ends[at] - begin);
  }
  /// Appends a file: its path relative to the root of the set, and its class. Neither is checked. Throws std::bad_alloc where there is no memory.
  void add(std::string_view path, Index label) {
    paths += path;
    ends.push_back(paths.size());
    labels.push_back(static_cast<std::int32_t>(label));
  }
  bool operator==(const FileIndex&) const = default;
};

namespace detail {

/// "prefix/name", or `name` where the prefix is empty.
inline std::string join_path(const std::string& prefix, const std::string& name) { return prefix.empty() ? name : prefix + "/" + name; }

/// root / path without a slash at the end.
inline std::filesystem::path source_place(const std::filesystem::path& root, const std::string& path) { return path.empty() ? root : root / path; }

/// The state of root / path now. Throws Error if there is nothing, or neither a file nor a folder.
inline IndexSource index_source(const std::filesystem::path& root, const std::string& path) {
  const auto place = source_place(root, path);
  struct stat status {};
  io::require_system(::stat(place.c_str(), &status) == 0, place.string(), "cannot inspect");
  require(S_ISDIR(status.st_mode) || S_ISREG(status.st_mode), place.string(), ": wanted a file or a folder, found a pipe or device");
  const std::int64_t modified = std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
  return {path, modified, S_ISDIR(status.st_mode) ? 0 : static_cast<std::uint64_t>(status.st_size)};
}

/// An empty index whose scan begins now.
inline FileIndex start_index() {
  FileIndex index;
  index.scanned = std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
  return index;
}

/// Names of what is in a folder, each list in byte order.
struct FolderListing {
  std::vector<std::string> folders, files;
};

/// Reads the folder once. Names that begin with a dot are left out: .DS_Store, .ipynb_checkpoints, and the "._name" that macOS writes beside each picture.
/// Symbolic links count as what they lead to. Throws Error, which names the entry, for a link that leads nowhere, and for a pipe, a socket or a device.
inline FolderListing list_folder(const std::filesystem::path& folder) {
  FolderListing listing;
  std::error_code failure;
  std::filesystem::directory_iterator entry(folder, failure), end;
  if (failure) require(false, folder.string(), ": cannot read the folder: ", failure.message());
  while (entry != end) {
    std::string name = entry->path().filename().string();
    if (!name.starts_with('.')) {
      std::error_code unknown;
      const auto type = entry->status(unknown).type();  // needs no system call, except for links
      const auto where = [&] { return entry->path().string(); };
      if (type == std::filesystem::file_type::not_found) require(false, where(), ": wanted a file or a folder, found a link that leads nowhere");
      if (type == std::filesystem::file_type::none || type == std::filesystem::file_type::unknown)
        require(false, where(), ": cannot inspect: ", unknown.message());
      const bool is_folder = type == std::filesystem::file_type::directory, is_file = type == std::filesystem::file_type::regular;
      if (!is_folder && !is_file) require(false, where(), ": wanted a file or a folder, found a pipe, socket or device");
      (is_folder ? listing.folders : listing.files).push_back(std::move(name));
    }
    entry.increment(failure);
    if (failure) require(false, folder.string(), ": cannot read the folder: ", failure.message());
  }
  std::ranges::sort(listing.folders);
  std::ranges::sort(listing.files);
  return listing;
}

}  // namespace detail

/// Gives the classes of `index` the numbers that they have in `wanted`, which may have more of them. Throws Error, beginning with `where`, as match_classes
/// does, for a class that is not in `wanted` and has files or not.
inline void match_classes(FileIndex& index, const std::vector<std::string>& wanted, const std::string& where) {
  const auto numbers = match_classes(index.class_names, wanted, where);
  for (std::int32_t& label : index.labels) label = static_cast<std::int32_t>(numbers[static_cast<std::size_t>(label)]);
  index.class_names = wanted;
}

}  // namespace adatape::data
