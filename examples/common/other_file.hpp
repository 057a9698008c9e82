#pragma once
/// A file that a program writes must not take the place of one that it reads.
#include <filesystem>
#include <string>
#include <vector>

#include "guarded_main.hpp"

namespace adatape::examples {

/// Throws UsageError where `out`, which `flag` names, is one of the files `read`, by whatever path. Empty paths, and files that are not there, are none.
inline void require_other_file(const std::string& flag, const std::filesystem::path& out, const std::vector<std::filesystem::path>& read) {
  for (const auto& path : read) {
    std::error_code none;
    if (std::filesystem::equivalent(out, path, none)) throw UsageError(flag + ": wanted another file than " + path.string() + ", which is read");
  }
}

}  // namespace adatape::examples
