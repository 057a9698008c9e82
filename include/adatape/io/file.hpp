#pragma once
/// Reading a file with checked sizes, and writing one so that it appears whole or not at all (POSIX).
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "adatape/io/text.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::io {

/// Throws Error "path: failure: reason" with errno's reason unless the system call `succeeded`.
inline void require_system(bool succeeded, const std::string& path, std::string_view failure) {
  if (!succeeded) require(false, path, ": ", failure, ": ", std::generic_category().message(errno));
}

/// An open file descriptor, closed at the end of its scope; negative when opening failed.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }

 private:
  int number_;
};

/// A regular file opened for reading from its start.
class InputFile {
 public:
  /// Throws Error if `path` cannot be opened or is a directory, pipe or device.
  explicit InputFile(const std::filesystem::path& path)
      : path_(path.string()), descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {  // non-blocking: a pipe must not hang
    require_system(descriptor_.number() >= 0, path_, "cannot open");
    struct stat status {};
    require_system(::fstat(descriptor_.number(), &status) == 0, path_, "cannot inspect");
    require(!S_ISDIR(status.st_mode), path_, ": wanted a file, found a directory");
    require(S_ISREG(status.st_mode), path_, ": wanted a regular file, found a pipe or device");
    size_ = static_cast<std::size_t>(status.st_size);
  }

  const std::string& path() const { return path_; }
  std::size_t size() const { return size_; }  ///< in bytes, at the time of opening

  /// Fills `to` with the next bytes. Throws Error if the disk fails or the file has become shorter.
  void read(std::span<std::byte> to) {
    while (!to.empty()) {
      const ssize_t got = ::read(descriptor_.number(), to.data(), to.size());
      if (got < 0 && errno == EINTR) continue;
      require_system(got >= 0, path_, "cannot read");
      require(got > 0, path_, ": ended ", to.size(), " bytes early while being read");
      to = to.subspan(static_cast<std::size_t>(got));
    }
  }

 private:
  std::string path_;
  Descriptor descriptor_;
  std::size_t size_ = 0;
};

/// A file under construction. It is written beside its final place under a temporary name; commit() puts it there in one step, even across a
/// power failure. Without commit() whatever stood at `path` stays as it was and the temporary is removed.
class AtomicFile {
 public:
  /// Throws Error if the directory of `path` is not there or cannot be written.
  explicit AtomicFile(const std::filesystem::path& path) : path_(path.string()), name_(path.filename().string()), directory_(open_directory(path)) {
    static std::atomic<unsigned> serial{0};
    require_system(directory_.number() >= 0, path_, "cannot open its directory");
    require(!name_.empty(), path_, ": wanted the path of a file to write, found a directory");
    do {
      temporary_ = name_ + ".tmp-" + std::to_string(::getpid()) + "-" + std::to_string(serial++);
      file_ = Descriptor(::openat(directory_.number(), temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    } while (file_.number() < 0 && errno == EEXIST);
    require_system(file_.number() >= 0, path_, "cannot create a file in its directory");
  }
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile() {
    if (!committed_ && file_.number() >= 0) ::unlinkat(directory_.number(), temporary_.c_str(), 0);
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

  /// Moves the finished file to `path`. Throws Error, with the old file still there, if that fails.
  void commit() {
    require_system(::fsync(file_.number()) == 0, path_, "cannot write to the disk");
    require_system(::renameat(directory_.number(), temporary_.c_str(), directory_.number(), name_.c_str()) == 0, path_, "cannot replace");
    committed_ = true;
    const bool synced = ::fsync(directory_.number()) == 0 || errno == EINVAL;  // EINVAL: a file system whose directories need none
    require_system(synced, path_, "written, but its directory cannot be synced");
  }

 private:
  static Descriptor open_directory(const std::filesystem::path& path) {
    const auto parent = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
    return Descriptor(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }

  std::string path_, name_, temporary_;
  Descriptor directory_;
  Descriptor file_{-1};
  bool committed_ = false;
};

}  // namespace adatape::io
