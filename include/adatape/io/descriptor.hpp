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
  /// Takes over an open descriptor. A negative number: none.
  explicit Descriptor(int number = -1) : number_(number) {}
  /// `other` has no descriptor afterwards.
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  /// Swaps the descriptors, so the destructor of `other` closes the one that was here.
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }         ///< the descriptor, which stays with this object; negative if there is none
  bool is_open() const { return number_ >= 0; }  ///< whether there is a descriptor

 private:
  int number_;
};

}  // namespace adatape::io
