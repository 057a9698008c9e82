/// A library for LD_PRELOAD that makes one system call on files fail, as a full or broken disk does.
///   FAIL_AT       the number of the call, from 1: open for writing, write, pwrite, writev, ftruncate, fchmod, fsync, fdatasync, rename, close, mkdir
///   FAIL_KIND     error: the call fails with EIO; full: it and every later write fail with ENOSPC, and a write first takes half of its bytes;
///                 short: a write takes half of its bytes and reports so, all else works
///   FAIL_REACHED  a file that is created when the call is reached
/// Calls on standard input, output and error, on files that are open for reading, and on what is no disk are not counted. What works goes to the kernel at
/// once, so the library goes along with sanitizers.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

enum class Kind { error, full, shortened };

std::atomic<long> calls{0};
std::atomic<bool> disk_is_full{false};

long fail_at() {
  static const char* text = std::getenv("FAIL_AT");
  return text != nullptr ? std::atol(text) : 0;
}

Kind kind() {
  static const char* text = std::getenv("FAIL_KIND");
  return text == nullptr || std::strcmp(text, "error") == 0 ? Kind::error : std::strcmp(text, "full") == 0 ? Kind::full : Kind::shortened;
}

/// Counts a call; true if it is the one that fails.
bool reached() {
  if (fail_at() <= 0 || ++calls != fail_at()) return false;
  if (const char* path = std::getenv("FAIL_REACHED")) {
    const long file = ::syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (file >= 0) ::syscall(SYS_close, file);
  }
  if (kind() == Kind::full) disk_is_full = true;
  return true;
}

bool fails() {
  if (!reached() || kind() == Kind::shortened) return false;
  errno = kind() == Kind::full ? ENOSPC : EIO;
  return true;
}

/// Whether a path is of no disk: devices, shared memory (which clang's OpenMP writes as it starts), views of the kernel.
bool is_no_disk(const char* path) {
  for (const char* place : {"/dev/", "/proc/", "/sys/"})
    if (std::strncmp(path, place, std::strlen(place)) == 0) return true;
  return false;
}

bool is_written(int file) {
  if (file <= 2) return false;
  char link[32], path[16] = {};
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  if (::syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof path - 1) > 0 && is_no_disk(path)) return false;
  const long flags = ::syscall(SYS_fcntl, file, F_GETFL);
  struct stat status {};
  if (flags < 0 || ::syscall(SYS_fstat, file, &status) != 0) return false;
  if (S_ISDIR(status.st_mode)) return true;  // synced after a rename
  return S_ISREG(status.st_mode) && (flags & O_ACCMODE) != O_RDONLY;
}

bool opens_for_writing(const char* path, int flags) {
  return !is_no_disk(path) && ((flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT) != 0);
}

int open_at(int folder, const char* path, int flags, unsigned mode) {
  if (opens_for_writing(path, flags) && fails()) return -1;
  return static_cast<int>(::syscall(SYS_openat, folder, path, flags, mode));
}

/// How many of `size` bytes a write may take: -1: none, errno says why.
ssize_t allowed(int file, size_t size) {
  if (!is_written(file)) return static_cast<ssize_t>(size);
  const bool was_full = disk_is_full;
  if (!reached() && !was_full) return static_cast<ssize_t>(size);
  if (kind() == Kind::shortened || (kind() == Kind::full && !was_full && size > 1)) return static_cast<ssize_t>(size > 1 ? size / 2 : size);
  errno = kind() == Kind::full ? ENOSPC : EIO;
  return -1;
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list list;
  va_start(list, flags);
  const unsigned mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(list, unsigned) : 0;
  va_end(list);
  return open_at(AT_FDCWD, path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  va_list list;
  va_start(list, flags);
  const unsigned mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(list, unsigned) : 0;
  va_end(list);
  return open_at(AT_FDCWD, path, flags, mode);
}
int openat(int folder, const char* path, int flags, ...) {
  va_list list;
  va_start(list, flags);
  const unsigned mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(list, unsigned) : 0;
  va_end(list);
  return open_at(folder, path, flags, mode);
}
int openat64(int folder, const char* path, int flags, ...) {
  va_list list;
  va_start(list, flags);
  const unsigned mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(list, unsigned) : 0;
  va_end(list);
  return open_at(folder, path, flags, mode);
}
int creat(const char* path, mode_t mode) { return open_at(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode); }

ssize_t write(int file, const void* data, size_t size) {
  const ssize_t most = allowed(file, size);
  return most < 0 ? most : ::syscall(SYS_write, file, data, most);
}
ssize_t pwrite(int file, const void* data, size_t size, off_t offset) {
  const ssize_t most = allowed(file, size);
  return most < 0 ? most : ::syscall(SYS_pwrite64, file, data, most, offset);
}
ssize_t pwrite64(int file, const void* data, size_t size, off64_t offset) { return pwrite(file, data, size, offset); }
ssize_t writev(int file, const iovec* parts, int count) {
  if (is_written(file) && count > 0 && kind() == Kind::shortened && reached()) return ::syscall(SYS_writev, file, parts, 1);
  if (is_written(file) && (disk_is_full || fails())) {
    if (disk_is_full) errno = ENOSPC;
    return -1;
  }
  return ::syscall(SYS_writev, file, parts, count);
}

int ftruncate(int file, off_t size) { return is_written(file) && fails() ? -1 : static_cast<int>(::syscall(SYS_ftruncate, file, size)); }
int ftruncate64(int file, off64_t size) { return ftruncate(file, size); }
int fchmod(int file, mode_t mode) { return is_written(file) && fails() ? -1 : static_cast<int>(::syscall(SYS_fchmod, file, mode)); }
int fsync(int file) { return is_written(file) && fails() ? -1 : static_cast<int>(::syscall(SYS_fsync, file)); }
int fdatasync(int file) { return is_written(file) && fails() ? -1 : static_cast<int>(::syscall(SYS_fdatasync, file)); }

/// A failed close closes the file all the same, as Linux does.
int close(int file) {
  const bool failed = is_written(file) && fails();
  const int reason = errno;
  const int result = static_cast<int>(::syscall(SYS_close, file));
  if (!failed) return result;
  errno = reason;
  return -1;
}

int rename(const char* from, const char* to) { return fails() ? -1 : static_cast<int>(::syscall(SYS_rename, from, to)); }
int renameat(int from_folder, const char* from, int to_folder, const char* to) {
  return fails() ? -1 : static_cast<int>(::syscall(SYS_renameat2, from_folder, from, to_folder, to, 0));
}
int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) {
  return fails() ? -1 : static_cast<int>(::syscall(SYS_renameat2, from_folder, from, to_folder, to, flags));
}
int mkdir(const char* path, mode_t mode) { return fails() ? -1 : static_cast<int>(::syscall(SYS_mkdir, path, mode)); }

}  // extern "C"
