#pragma once
/// Writing a file so that it appears whole or not at all (POSIX).
/// Every function here also throws std::bad_alloc where there is no memory.
#include <cstddef>
#include <optional>
#include <span>

#include "adatape/io/temporary.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::io {

/// The path at which a file that is written to `path` belongs: `path` itself, or, if `path` is a symbolic link, the target of the link, even if the target does
/// not exist yet. Throws Error for more than 40 links in a row, for a link that cannot be read, and where a directory, pipe, socket or device is at that path.
inline std::filesystem::path resolve_output(const std::filesystem::path& path) {
  constexpr int most_links = 40;  // as Linux follows
  auto place = path;
  struct stat status {};
  for (int links = 0; ::lstat(place.c_str(), &status) == 0; ++links) {
    if (!S_ISLNK(status.st_mode)) {
      require(!S_ISDIR(status.st_mode), path.string(), ": wanted the path of a file to write, found a directory");
      require(S_ISREG(status.st_mode), path.string(), ": wanted the path of a regular file to write, found a pipe, socket or device");
      return place;
    }
    // The target of a link in /proc/self/fd need not be a path ("pipe:[123]"). So stat, which follows links in the kernel, says first what is there.
    if (::stat(place.c_str(), &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))
      require(false, path.string(), ": wanted the path of a regular file to write, found a pipe, socket or device");
    require(links < most_links, path.string(), ": too many levels of symbolic links");
    std::error_code failure;
    const auto target = std::filesystem::read_symlink(place, failure);
    if (failure) require(false, path.string(), ": cannot read the symbolic link: ", failure.message());
    place = target.is_absolute() ? target : place.parent_path() / target;
  }
  return place;
}

/// A file that is being written. It has a temporary name in the folder of `path`. commit() gives it its final name in one step, so that after a power failure
/// the old file or the new one is there, whole. Without commit() the old file stays as it was, and the temporary is removed.
/// - A symbolic link at `path` stays a link: its target is replaced.
/// - The new file has the permissions of the file that it replaces, and its owner and group as far as this process may set them.
/// - Temporaries that killed processes left for the same file are removed first (io/temporary.hpp).
class AtomicFile {
 public:
  /// Throws Error if the directory of `path` does not exist or cannot be written, and if `path` is or leads to a directory, device, pipe or socket.
  explicit AtomicFile(const std::filesystem::path& path) : path_(path.string()) {
    require(path.has_filename(), path_, ": wanted the path of a file to write, found a directory");
    const auto place = resolve_output(path);
    name_ = place.filename().string();
    const auto folder = place.has_parent_path() ? place.parent_path() : std::filesystem::path(".");
    directory_ = Descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    require_system(directory_.is_open(), path_, "cannot open its directory");
    require(!name_.empty() && name_ != "." && name_ != "..", path_, ": wanted the path of a file to write, found a directory");
    detail::sweep_temporaries(directory_.number(), folder, name_);
    inspect();
    temporary_ = detail::create_temporary(directory_.number(), name_, replaced_ ? 0600 : 0666, file_);
    require_system(file_.is_open(), path_, "cannot create a file in its directory");
  }
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile() {
    if (!committed_ && file_.is_open()) ::unlinkat(directory_.number(), temporary_.c_str(), 0);
  }

  /// Appends `bytes`. Throws Error where the system cannot write them (a full disk, for instance). The caller then lets the object go without commit().
  void write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(file_.number(), bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      require_system(written >= 0, path_, "cannot write");
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
  }

  /// Gives the file its final name. Throws Error if that fails; the old file is still there then. One Error comes when the new file has its name already:
  /// "written, but its directory cannot be synced". The name may then be lost in a power failure. commit is called once, and nothing is written after it.
  void commit() {
    inspect();
    if (replaced_) hand_down();
    require_system(::fsync(file_.number()) == 0, path_, "cannot write to the disk");
    require_system(::renameat(directory_.number(), temporary_.c_str(), directory_.number(), name_.c_str()) == 0, path_, "cannot replace");
    committed_ = true;
    const bool synced = ::fsync(directory_.number()) == 0 || errno == EINVAL;  // EINVAL: a file system whose directories need none
    require_system(synced, path_, "written, but its directory cannot be synced");
  }

 private:
  /// Looks up the file that will be replaced, if there is one. Throws Error if it is not a regular file.
  void inspect() {
    struct stat status {};
    if (::fstatat(directory_.number(), name_.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
      require(S_ISREG(status.st_mode), path_, ": wanted a regular file to replace, found something else");
      replaced_ = status;
    } else {
      require_system(errno == ENOENT, path_, "cannot inspect the file to replace");
    }
  }

  /// Gives the temporary the owner, group and permissions of the file that it replaces. Where the owner cannot be set, set-user-ID and set-group-ID are
  /// dropped. Where the group cannot be set, set-group-ID is dropped, and the group of the new file gets the rights of "others".
  void hand_down() {
    mode_t mode = replaced_->st_mode & 07777;
    struct stat mine {};
    require_system(::fstat(file_.number(), &mine) == 0, path_, "cannot inspect its temporary");
    if (mine.st_uid != replaced_->st_uid && ::fchown(file_.number(), replaced_->st_uid, static_cast<gid_t>(-1)) != 0) mode &= 01777;
    if (mine.st_gid != replaced_->st_gid && ::fchown(file_.number(), static_cast<uid_t>(-1), replaced_->st_gid) != 0)
      mode = (mode & 05707u) | ((mode & 07u) << 3);
    require_system(::fchmod(file_.number(), mode) == 0, path_, "cannot set the permissions of the file that it replaces");
  }

  std::string path_, name_, temporary_;
  std::optional<struct stat> replaced_;
  Descriptor directory_, file_;
  bool committed_ = false;
};

/// Removes the temporaries that killed processes left for the file `path`. AtomicFile does the same before it writes. What cannot be removed is left.
/// Throws Error as resolve_output does.
inline void sweep_temporaries(const std::filesystem::path& path) {
  const auto place = resolve_output(path);
  const auto folder = place.has_parent_path() ? place.parent_path() : std::filesystem::path(".");
  const Descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.is_open()) detail::sweep_temporaries(directory.number(), folder, place.filename().string());
}

}  // namespace adatape::io
