#pragma once
/// Temporary files beside the file that they will replace (POSIX).
///
/// A temporary of "name" is called "name.tmp-PROCESS-NUMBER". "name" is cut after 200 bytes there, because a file name has at most 255. The writer of a
/// temporary holds a lock (flock) on it until it closes the file. The system drops the lock when the writer ends, also when it is killed. So a temporary
/// without a lock has no writer and can be removed, by a process on any machine and in any container.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <filesystem>

#include "adatape/io/descriptor.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::io::detail {

/// "name.tmp-". A `name` of more than 200 bytes is cut, between two characters of UTF-8.
inline std::string temporary_prefix(const std::string& name) {
  std::size_t length = std::min<std::size_t>(name.size(), 200);
  if (length < name.size())
    while (length > 1 && (static_cast<unsigned char>(name[length]) & 0xc0) == 0x80) --length;
  return name.substr(0, length) + ".tmp-";
}

/// Whether `entry` is `prefix`, a decimal number, "-" and a decimal number.
inline bool is_temporary(std::string_view entry, std::string_view prefix) {
  if (!entry.starts_with(prefix)) return false;
  entry.remove_prefix(prefix.size());
  const auto dash = entry.find('-');
  const auto is_number = [](std::string_view text) { return !text.empty() && text.find_first_not_of("0123456789") == text.npos; };
  return dash != entry.npos && is_number(entry.substr(0, dash)) && is_number(entry.substr(dash + 1));
}

/// Whether `name` in the open `directory` is still the open file `file`.
inline bool is_same_file(int directory, const std::string& name, int file) {
  struct stat here {}, open {};
  return ::fstat(file, &open) == 0 && ::fstatat(directory, name.c_str(), &here, AT_SYMLINK_NOFOLLOW) == 0 && here.st_dev == open.st_dev &&
         here.st_ino == open.st_ino;
}

/// Creates a temporary of `name` in the open `directory` for writing. It is locked, and has the permissions `mode` without those of the umask. Returns its
/// name, and the open file in `file`. Where that fails, `file` is not open, and errno says why.
inline std::string create_temporary(int directory, const std::string& name, mode_t mode, Descriptor& file) {
  static std::atomic<unsigned> serial{0};
  const std::string prefix = temporary_prefix(name);
  for (;;) {
    const std::string temporary = prefix + number_text(::getpid()) + "-" + number_text(serial++);
    Descriptor created(::openat(directory, temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    if (!created.is_open() && errno == EEXIST) continue;
    if (created.is_open()) {
      // Another process may sweep between openat and flock. Then it holds the lock, or it has removed the file. A file system without locks is used without.
      const bool swept = ::flock(created.number(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
      if (swept || !is_same_file(directory, temporary, created.number())) continue;
    }
    file = std::move(created);
    return temporary;
  }
}

/// Removes the temporaries of `name` in `folder`, open as `directory`, that no process has locked. What cannot be removed is left. Throws no Error.
inline void sweep_temporaries(int directory, const std::filesystem::path& folder, const std::string& name) {
  const std::string prefix = temporary_prefix(name);
  std::error_code failure;
  for (std::filesystem::directory_iterator entry(folder, failure), end; !failure && entry != end; entry.increment(failure)) {
    const std::string found = entry->path().filename().string();
    if (!is_temporary(found, prefix)) continue;
    struct stat status {};
    if (::fstatat(directory, found.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(status.st_mode)) continue;
    const Descriptor file(::openat(directory, found.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (file.is_open() && ::flock(file.number(), LOCK_EX | LOCK_NB) == 0 && is_same_file(directory, found, file.number()))
      ::unlinkat(directory, found.c_str(), 0);
  }
}

}  // namespace adatape::io::detail
