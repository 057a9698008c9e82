#pragma once
/// What the checks of hostile input share: files that live in memory, and the one answer that a reader may give to bad input.
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "adatape/core/error.hpp"
#include "adatape/io/text.hpp"

namespace adatape::robustness {

/// Ends the process as a finding: libFuzzer and replay.cpp keep the input that led here.
[[noreturn]] inline void finding(std::string_view what, std::string_view detail) {
  std::fprintf(stderr, "FINDING: %.*s: %.*s\n", static_cast<int>(what.size()), what.data(), static_cast<int>(detail.size()), detail.data());
  std::abort();
}

/// A regular file without a place on a disk. Its path is valid in this process.
class MemoryFile {
 public:
  MemoryFile() : descriptor_(::memfd_create("input", MFD_CLOEXEC)) {
    if (descriptor_ < 0) finding("memfd_create", std::strerror(errno));
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { ::close(descriptor_); }

  /// Replaces the content.
  void set(std::span<const std::uint8_t> bytes) const {
    if (::ftruncate(descriptor_, 0) != 0) finding("ftruncate", std::strerror(errno));
    for (std::size_t done = 0; done < bytes.size();) {
      const ssize_t written = ::pwrite(descriptor_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
      if (written <= 0) finding("pwrite", std::strerror(errno));
      done += static_cast<std::size_t>(written);
    }
  }
  std::filesystem::path path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

/// Why `text` is no message for a user; nullptr if it is one: a line of UTF-8 without control characters, of bounded length, not of the JSON library.
inline const char* fault_of_message(std::string_view text) {
  if (text.empty()) return "an empty message";
  if (text.size() > 8000) return "a message of more than 8000 bytes";
  if (text.find("json.exception") != text.npos) return "a message of the JSON library";
  while (!text.empty()) {
    const std::size_t length = io::detail::utf8_length(text);
    if (length == 0) return "a message that is not UTF-8";
    if (static_cast<unsigned char>(text[0]) < 0x20 || text[0] == 0x7f) return "a message with a control character";
    text.remove_prefix(length);
  }
  return nullptr;
}

/// Calls f. True if it returned, false if it threw Error with a message for users. Anything else is a finding.
template <class F>
bool answers(const char* what, const F& f) {
  try {
    f();
    return true;
  } catch (const Error& error) {
    if (const char* fault = fault_of_message(error.what())) finding(std::string(what) + ": " + fault, error.what());
  } catch (const std::exception& error) {
    finding(std::string(what) + ": an exception that is no adatape::Error", error.what());
  }
  return false;
}

}  // namespace adatape::robustness

/// libFuzzer's interface. replay.cpp defines LLVMFuzzerMutate where there is no libFuzzer.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed);
