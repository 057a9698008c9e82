#pragma once
/// An open file descriptor and the errors of system calls (POSIX).
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "adatape/io/text.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::io {

/// Throws Error "path: failure: reason" unless the system call `succeeded`. The reason is the text of errno.
inline void require_system(bool succeeded, const std::string& path, std::string_view failure) {
  if (!succeeded) require(false, path, ": ", failure, ": ", std::generic_category().message(errno));
}

/// Owner of a file descriptor, which the destructor closes. A negative number means that there is none.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }
  bool is_open() const { return number_ >= 0; }

 private:
  int number_;
};

}  // namespace adatape::io
