#pragma once
/// The files of a training run: log.jsonl, last.safetensors, best.safetensors. Each is replaced in one step, so none is ever seen half-written.
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "adatape/core/types.hpp"
#include "adatape/io/file.hpp"

namespace adatape::examples {

class RunDirectory {
 public:
  /// Makes the folder if need be. Whatever an earlier run left there stays until it is replaced.
  explicit RunDirectory(const std::filesystem::path& path) : path_(path) { std::filesystem::create_directories(path); }

  std::filesystem::path last() const { return path_ / "last.safetensors"; }
  std::filesystem::path best() const { return path_ / "best.safetensors"; }
  std::filesystem::path log() const { return path_ / "log.jsonl"; }

  /// Takes over the log's lines of epochs 1 .. `epochs`.
  void resume_log(Index epochs) {
    std::ifstream file(log());
    for (std::string line; std::getline(file, line);) {
      const auto entry = nlohmann::json::parse(line, nullptr, false);
      if (entry.is_object() && entry.contains("epoch") && entry["epoch"].is_number_integer() && entry["epoch"].get<Index>() <= epochs)
        lines_ += line + "\n";
    }
  }

  void add_to_log(const nlohmann::ordered_json& entry) {
    lines_ += entry.dump() + "\n";
    io::AtomicFile file(log());
    file.write(std::as_bytes(std::span(lines_)));
    file.commit();
  }

 private:
  std::filesystem::path path_;
  std::string lines_;
};

}  // namespace adatape::examples
