#pragma once
/// What is found out about a file before the work whose result it will hold.
#include <filesystem>
#include <string>
#include <vector>

#include "adatape/io/atomic_file.hpp"
#include "guarded_main.hpp"

namespace adatape::examples {

/// Throws Error as io::AtomicFile does, unless a file can be written to `out`. Writes none. An empty path is none.
inline void try_to_write(const std::filesystem::path& out) {
  if (!out.empty()) const io::AtomicFile trial(out);  // never committed
}

/// Throws UsageError where `out`, which `flag` names, is one of the files `read`, by whatever path. Empty paths, and files that are not there, are none.
inline void require_other_file(const std::string& flag, const std::filesystem::path& out, const std::vector<std::filesystem::path>& read) {
  for (const auto& path : read) {
    std::error_code none;
    if (std::filesystem::equivalent(out, path, none)) throw UsageError(flag + ": wanted another file than " + path.string() + ", which is read");
  }
}

}  // namespace adatape::examples
