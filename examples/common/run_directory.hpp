#pragma once
/// The files of a training run: log.jsonl, last.safetensors, best.safetensors. Each is replaced in one step, so none is ever seen half-written.
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "adatape/core/types.hpp"
#include "adatape/io/descriptor.hpp"
#include "process_group.hpp"

namespace adatape::examples {

/// What a run does with the run that its folder may hold already.
enum class Leftovers { refuse, resume, overwrite };

/// A line of log.jsonl: keys and numbers in the order given.
using LogEntry = std::vector<std::pair<const char*, std::variant<Index, double>>>;

/// Replaces the file at `path` in one step. Throws Error as io::AtomicFile does.
void write_whole(const std::filesystem::path& path, std::string_view content);

/// The folder of one run, locked against other runs as long as this object lives. The first process of a group locks and writes. The others only know the names
/// of the files: what writes does nothing in them.
class RunDirectory {
 public:
  /// Makes the folder if need be and tries it: the lock's file is created and written. What an earlier run left there stays until saved().
  /// Called by all processes of the group together: none goes on before the first one has done all this.
  /// Throws UsageError if the folder holds a run and `leftovers` is refuse; Error if there is nothing to resume, if another run is at work there, or if the
  /// folder cannot be written.
  RunDirectory(const std::filesystem::path& path, Leftovers leftovers, ProcessGroup& group);

  std::filesystem::path last() const { return path_ / "last.safetensors"; }
  std::filesystem::path best() const { return path_ / "best.safetensors"; }
  std::filesystem::path log() const { return path_ / "log.jsonl"; }
  const std::filesystem::path& path() const { return path_; }
  /// What log.jsonl holds, or will hold when the next entry is added.
  const std::string& log_lines() const { return lines_; }

  /// Takes over the log's lines whose `key` is at most `told`: the one of the last line that the run had written when last.safetensors was saved. Damaged lines
  /// are left out. Throws Error where the log cannot be read. 0: it had written none, so what is beside last.safetensors is of the run before, which was being replaced, or will be made again.
  void resume_log(const std::string& key, Index told);
  /// Whether last.safetensors is to be written before any other file: where the folder holds another run that this one replaces, which stays whole until then,
  /// and where it holds no last.safetensors, without which the other files are no run that --resume continues.
  bool saves_first() const { return replaces_ || !saved_; }
  /// To be called when last.safetensors has been written: the rest of the run that was replaced goes. A process that is killed meanwhile leaves a run that
  /// --resume continues.
  void saved();
  void add_to_log(const LogEntry& entry);

 private:
  void take();

  std::filesystem::path path_;
  Leftovers leftovers_;
  bool replaces_ = leftovers_ == Leftovers::overwrite;  ///< whether the folder holds another run, which goes when this one has been saved
  bool saved_ = leftovers_ == Leftovers::resume;        ///< whether last.safetensors is of this run
  bool writes_;
  io::Descriptor lock_{-1};
  std::string lines_;
};

}  // namespace adatape::examples
