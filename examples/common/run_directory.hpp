#pragma once
/// The files of a training run: log.jsonl, last.safetensors, best.safetensors. Each is replaced in one step, so none is ever seen half-written.
#include <sys/file.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "adatape/core/types.hpp"
#include "adatape/io/file.hpp"
#include "adatape/io/json.hpp"
#include "guarded_main.hpp"

namespace adatape::examples {

/// What a run does with the run that its folder may hold already.
enum class Leftovers { refuse, resume, overwrite };

/// The folder of one run, locked against other runs as long as this object lives.
class RunDirectory {
 public:
  /// Makes the folder if need be and tries it: the lock's file is created and written. What an earlier run left there stays until begin_saving().
  /// Throws UsageError if the folder holds a run and `leftovers` is refuse; Error if there is nothing to resume, if another run is at work there, or if the
  /// folder cannot be written.
  RunDirectory(const std::filesystem::path& path, Leftovers leftovers) : path_(path), leftovers_(leftovers) {
    std::error_code failure;
    const bool resumes = leftovers == Leftovers::resume;
    require(!resumes || std::filesystem::exists(last(), failure), last().string(), ": nothing to resume: No such file or directory");
    std::filesystem::create_directories(path, failure);
    require(std::filesystem::is_directory(path, failure), path.string(), ": cannot be made a folder for the run");
    const auto name = (path / "run.lock").string();
    lock_ = io::Descriptor(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
    io::require_system(lock_.number() >= 0, name, "cannot write to the run's folder");
    require(::flock(lock_.number(), LOCK_EX | LOCK_NB) == 0, path.string(), ": another run is at work in this folder");
    io::AtomicFile trial(path / "trial");  // never committed
    trial.write(std::as_bytes(std::span("room for a file")));
    if (leftovers == Leftovers::refuse)
      for (const auto& file : {last(), best(), log()})
        if (std::filesystem::exists(file, failure))
          throw UsageError(path.string() + " holds a run: --resume continues it, --overwrite replaces it");
  }

  std::filesystem::path last() const { return path_ / "last.safetensors"; }
  std::filesystem::path best() const { return path_ / "best.safetensors"; }
  std::filesystem::path log() const { return path_ / "log.jsonl"; }

  /// Takes over the log's lines whose `key` is at most `reached`.
  void resume_log(const std::string& key, Index reached) {
    std::ifstream file(log());
    for (std::string line; std::getline(file, line);) try {
        if (io::json_integer(io::parse_json(line, log().string()), key, log().string()) <= reached) lines_ += line + "\n";
      } catch (const Error&) {
        continue;  // a damaged line is left out
      }
  }

  /// To be called before the run's first file is written: with `overwrite` the run that was there goes.
  void begin_saving() {
    if (leftovers_ == Leftovers::overwrite)
      for (const auto& file : {best(), log()}) std::filesystem::remove(file);  // the last checkpoint is about to be replaced
    leftovers_ = Leftovers::resume;
  }

  void add_to_log(const nlohmann::ordered_json& entry) {
    lines_ += entry.dump() + "\n";
    io::AtomicFile file(log());
    file.write(std::as_bytes(std::span(lines_)));
    file.commit();
  }

 private:
  std::filesystem::path path_;
  Leftovers leftovers_;
  io::Descriptor lock_{-1};
  std::string lines_;
};

}  // namespace adatape::examples
