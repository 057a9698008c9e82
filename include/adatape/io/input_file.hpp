#pragma once
/// Reading a regular file with checked sizes (POSIX).
#include <fcntl.h>
#include <sys/stat.h>

#include <cstddef>
#include <ctime>
#include <filesystem>
#include <span>
#include <utility>

#include "adatape/io/descriptor.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::io {

/// A regular file that is open for reading. If another file takes its name, this object still reads the file that was opened.
class InputFile {
 public:
  /// Throws Error if `path` cannot be opened or is a directory, pipe, socket or device, or has more bytes than a std::size_t counts (32-bit systems).
  /// Symbolic links are followed.
  explicit InputFile(const std::filesystem::path& path)
      : path_(path.string()), descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {  // non-blocking: a pipe must not hang
    require_system(descriptor_.is_open(), path_, "cannot open");
    struct stat status {};
    require_system(::fstat(descriptor_.number(), &status) == 0, path_, "cannot inspect");
    require(!S_ISDIR(status.st_mode), path_, ": wanted a file, found a directory");
    require(S_ISREG(status.st_mode), path_, ": wanted a regular file, found a pipe or device");
    require(std::in_range<std::size_t>(status.st_size), path_, ": wanted a file whose bytes a size_t counts, found ", status.st_size);
    size_ = static_cast<std::size_t>(status.st_size);
    modified_ = status.st_mtim;
  }

  /// The path as text for messages; valid as long as this object.
  const std::string& path() const { return path_; }
  std::size_t size() const { return size_; }               ///< in bytes, at the time of opening
  int descriptor() const { return descriptor_.number(); }  ///< open as long as this object

  /// Fills `to` with the next bytes, from the start of the file on. Throws Error if the disk fails or the file ends before `to` is full.
  void read(std::span<std::byte> to) {
    read_at(position_, to);
    position_ += to.size();
  }

  /// Fills `to` with the bytes from `offset` on. Many threads may call it at once. Throws Error as read does.
  void read_at(std::size_t offset, std::span<std::byte> to) const {
    while (!to.empty()) {
      const ssize_t got = ::pread(descriptor_.number(), to.data(), to.size(), static_cast<off_t>(offset));
      if (got < 0 && errno == EINTR) continue;
      require_system(got >= 0, path_, "cannot read");
      require(got > 0, path_, ": ended ", to.size(), " bytes early while being read");
      to = to.subspan(static_cast<std::size_t>(got));
      offset += static_cast<std::size_t>(got);
    }
  }

  /// Throws Error if the file was written to since it was opened, so that what was read may be of two states. Its size and its modification time tell, as far
  /// as the clock of the file system does.
  void require_unchanged() const {
    struct stat status {};
    require_system(::fstat(descriptor_.number(), &status) == 0, path_, "cannot inspect");
    const bool same =
        static_cast<std::size_t>(status.st_size) == size_ && status.st_mtim.tv_sec == modified_.tv_sec && status.st_mtim.tv_nsec == modified_.tv_nsec;
    require(same, path_, ": changed while it was being read");
  }

 private:
  std::string path_;
  Descriptor descriptor_;
  std::size_t size_ = 0, position_ = 0;
  timespec modified_{};  ///< at the time of opening
};

}  // namespace adatape::io
