#pragma once
/// The main of every program: threads that wait without spinning, one line for whatever goes wrong, output that is known to have been written.
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "adatape/io/text.hpp"

namespace adatape::examples {

/// A flag whose value does not fit: found out only when the program had begun, but answered like any other bad flag.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A command line that cannot be parsed. The text begins with the name of the program.
class CommandLineError : public UsageError {
 public:
  using UsageError::UsageError;
};

/// `text` as one line of UTF-8: control characters and bytes that are not UTF-8 as \xNN. File names and flags can hold any byte but 0.
inline std::string one_line(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  while (!text.empty()) {
    const auto code = static_cast<unsigned char>(text[0]);
    const std::size_t length = code < 0x20 || code == 0x7f ? 0 : io::detail::utf8_length(text);
    if (length > 0)
      out += text.substr(0, length);
    else
      (out += "\\x") += {digits[code >> 4], digits[code & 15]};
    text.remove_prefix(length > 0 ? length : 1);
  }
  return out;
}

/// Sends what has been printed on its way. Throws Error if standard output does not take it, for example because the disk is full.
inline void flush_output() {
  errno = 0;
  const bool written = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
  require(written, "standard output: cannot write", errno != 0 ? ": " : "", errno != 0 ? std::strerror(errno) : "");
}

/// The words that this program was started with, its own name first; none where the system does not tell.
inline std::vector<std::string> command_words() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::vector<std::string> words;
  for (std::string word; std::getline(file, word, '\0');) words.push_back(word);
  return words;
}

/// Makes threads that wait for work sleep, unless the user's environment says how they wait: threads that spin slow down whatever else runs. The OpenMP
/// libraries read their settings when the program is loaded, so the program starts anew with OMP_WAIT_POLICY=passive. Where it cannot, it goes on as it is.
inline void wait_passively() {
#ifdef _OPENMP
  for (const char* name : {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME"})
    if (std::getenv(name)) return;
  std::error_code failure;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", failure);
  auto words = command_words();
  if (failure || words.empty() || ::setenv("OMP_WAIT_POLICY", "passive", 0) != 0) return;
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::execv(program.c_str(), arguments.data());
#endif
}

/// What a program says of an exception, and its exit code: 2 for a UsageError, else 1.
struct Failure {
  int code = 1;
  std::string line;  ///< to standard error
};

inline Failure failure_of(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const CommandLineError& error) {
    return {2, one_line(error.what()) + " (see --help)"};
  } catch (const UsageError& error) {
    return {2, "error: " + one_line(error.what()) + " (see --help)"};
  } catch (const std::bad_alloc&) {
    return {1, "error: out of memory"};
  } catch (const std::exception& error) {
    return {1, "error: " + one_line(error.what())};
  }
}

/// Says what went wrong, with `where` before it, and returns the exit code.
inline int tell(const Failure& failure, const std::string& where = "") {
  std::fprintf(stderr, "%s%s\n", where.c_str(), failure.line.c_str());
  return failure.code;
}

/// Runs a program's body. Whatever it throws becomes one line on standard error and exit code 1, or 2 for a UsageError; so does output that was not written.
template <class Body>
int guarded_main(const Body& body) {
  wait_passively();
  try {
    const int code = body();
    flush_output();
    return code;
  } catch (const std::exception&) {
    return tell(failure_of(std::current_exception()));
  }
}

}  // namespace adatape::examples
