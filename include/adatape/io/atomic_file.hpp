#pragma once
/// Writing a file so that it appears whole or not at all (POSIX).
#include <cstddef>
#include <optional>
#include <span>

#include "adatape/io/temporary.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::io {

/// Where a file that is written to `path` belongs: `path`, or what it points to if it is a symbolic link, even one whose target is not there yet.
/// Throws Error for links that go round in circles, and unless the place is free or holds a regular file.
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
    // The target of a link in /proc/self/fd need not be a path ("pipe:[123]"), so the kernel says first what the link leads to.
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

/// A file under construction. It is written beside its final place under a temporary name; commit() puts it there in one step, even across a
/// power failure. Without commit() whatever stood at `path` stays as it was and the temporary is removed.
/// - A symbolic link at `path` stays one: its target is replaced.
/// - A file that is replaced hands down its permissions, and its owner and group as far as this process may set them.
/// - Temporaries that killed processes left for the same file are removed first.
class AtomicFile {
 public:
  /// Throws Error if the directory of `path` is not there or cannot be written, and if `path` is a directory, device, pipe or socket.
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

  /// Appends `bytes`. Throws Error if they do not fit on the disk.
  void write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(file_.number(), bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      require_system(written >= 0, path_, "cannot write");
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
  }

  /// Moves the finished file to its place. Throws Error, with the old file still there, if that fails.
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
  /// Notes the file that will be replaced, if there is one. Throws Error if it is not regular.
  void inspect() {
    struct stat status {};
    if (::fstatat(directory_.number(), name_.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
      require(S_ISREG(status.st_mode), path_, ": wanted a regular file to replace, found something else");
      replaced_ = status;
    } else {
      require_system(errno == ENOENT, path_, "cannot inspect the file to replace");
    }
  }

  /// Gives the temporary the owner, group and permissions of the file that it replaces. The group's rights go to no other group.
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

/// Removes the temporaries that killed processes left for the file `path`. AtomicFile does the same when it next writes there.
inline void sweep_temporaries(const std::filesystem::path& path) {
  const auto place = resolve_output(path);
  const auto folder = place.has_parent_path() ? place.parent_path() : std::filesystem::path(".");
  const Descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.is_open()) detail::sweep_temporaries(directory.number(), folder, place.filename().string());
}

}  // namespace adatape::io
