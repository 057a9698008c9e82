#include "run_directory.hpp"

#include <sys/file.h>

#include <fstream>

#include "adatape/io/file.hpp"
#include "adatape/io/json.hpp"
#include "guarded_main.hpp"

namespace adatape::examples {

void write_whole(const std::filesystem::path& path, std::string_view content) {
  io::AtomicFile file(path);
  file.write(std::as_bytes(std::span(content)));
  file.commit();
}

RunDirectory::RunDirectory(const std::filesystem::path& path, Leftovers leftovers, ProcessGroup& group)
    : path_(path), leftovers_(leftovers), writes_(group.is_first()) {
  if (writes_) take();
  group.largest(0);
}

void RunDirectory::take() {
  std::error_code failure;
  const bool resumes = leftovers_ == Leftovers::resume;
  require(!resumes || std::filesystem::exists(last(), failure), last().string(), ": nothing to resume: No such file or directory");
  std::filesystem::create_directories(path_, failure);
  require(std::filesystem::is_directory(path_, failure), path_.string(), ": cannot be made a folder for the run");
  const auto name = (path_ / "run.lock").string();
  lock_ = io::Descriptor(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  io::require_system(lock_.number() >= 0, name, "cannot write to the run's folder");
  require(::flock(lock_.number(), LOCK_EX | LOCK_NB) == 0, path_.string(), ": another run is at work in this folder");
  io::AtomicFile trial(path_ / "trial");  // never committed
  trial.write(std::as_bytes(std::span("room for a file")));
  if (leftovers_ != Leftovers::refuse) return;
  if (std::filesystem::exists(last(), failure)) throw UsageError(path_.string() + " holds a run: --resume continues it, --overwrite replaces it");
  for (const auto& file : {best(), log()})
    if (std::filesystem::exists(file, failure))
      throw UsageError(path_.string() + " holds a run without last.safetensors, which cannot be continued: --overwrite replaces it");
}

void RunDirectory::resume_log(const std::string& key, Index told) {
  replaces_ = told == 0;
  if (!writes_ || replaces_) return;
  std::error_code failure;
  if (!std::filesystem::exists(log(), failure)) return;
  std::ifstream file(log());
  require(file.is_open(), log().string(), ": cannot read");
  for (std::string line; std::getline(file, line);) try {
      if (io::json_integer(io::parse_json(line, log().string()), key, log().string()) <= told) lines_ += line + "\n";
    } catch (const Error&) {
      continue;
    }
  require(!file.bad(), log().string(), ": cannot read");  // what was not read would not be written again
}

void RunDirectory::saved() {
  saved_ = true;
  const bool replaced = std::exchange(replaces_, false) && writes_;
  if (!replaced || (leftovers_ == Leftovers::resume && !std::filesystem::exists(log()))) return;  // the log goes last
  std::vector<std::filesystem::path> rest;
  for (const auto& file : std::filesystem::directory_iterator(path_))
    if (file.is_regular_file() && file.path().filename().string().starts_with("events.out.tfevents.")) rest.push_back(file.path());
  for (const char* name : {"log.csv", "report.html", "result.json"}) rest.push_back(path_ / name);
  rest.insert(rest.end(), {best(), log()});
  for (const auto& file : rest) std::filesystem::remove(file);
}

void RunDirectory::add_to_log(const LogEntry& entry) {
  if (!writes_) return;
  nlohmann::ordered_json json;
  for (const auto& item : entry) std::visit([&](auto value) { json[item.first] = value; }, item.second);
  lines_ += json.dump() + "\n";
  write_whole(log(), lines_);
}

}  // namespace adatape::examples
