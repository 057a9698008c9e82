#pragma once
/// Measurements in a file, for bench/report.
#include <nlohmann/json.hpp>

#include "adatape/io/atomic_file.hpp"

namespace adatape::bench {

/// The file is whole or is not there. Throws Error where it cannot be written.
inline void write_json(const std::filesystem::path& path, const nlohmann::json& value) {
  const std::string text = value.dump(1) + "\n";
  io::AtomicFile file(path);
  file.write(std::as_bytes(std::span(text)));
  file.commit();
}

}  // namespace adatape::bench
