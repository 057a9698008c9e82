#pragma once
/// The line that tells how a run is doing: rewritten on a terminal, repeated every few seconds elsewhere.
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>

#include "adatape/core/types.hpp"
#include "guarded_main.hpp"

namespace adatape::examples {

using Clock = std::chrono::steady_clock;

inline double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// 75 -> "1:15"
inline std::string minutes(double seconds) {
  const auto whole = static_cast<long long>(seconds + 0.5);
  if (whole >= 3600) return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

/// How many a second: whole numbers, of a slow model two digits. 1234.4 -> "1234", 0.0512 -> "0.051"
inline std::string rate_text(double rate) { return rate >= 9.95 ? fmt::format("{:.0f}", rate) : fmt::format("{:.2g}", rate); }

/// The most memory that this process has held.
inline long peak_memory_mebibytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

/// Columns of the terminal that `file` goes to, or what the environment's COLUMNS says where the terminal does not know. 0 where `file` goes to no terminal, or
/// nobody knows the width: mpirun reads its processes over such a terminal, and may write to a file what it reads.
inline std::size_t terminal_columns(std::FILE* file) {
  if (::isatty(::fileno(file)) != 1) return 0;
  winsize size{};
  if (::ioctl(::fileno(file), TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  const char* columns = std::getenv("COLUMNS");
  const int wanted = columns ? std::atoi(columns) : 0;
  return wanted > 0 ? static_cast<std::size_t>(wanted) : 0;
}

class Progress {
 public:
  /// `total` samples are to be worked on, `done` were before; `unit` is what they are called. Where `file` is no terminal whose width is known, a line comes
  /// every `seconds`.
  Progress(Index total, Index done, const char* unit, double seconds = 5, std::FILE* file = stdout)
      : file_(file), seconds_(seconds), unit_(unit), total_(total), first_(done), reported_(done) {}
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  /// What is said next, such as an error, begins a line of its own.
  ~Progress() {
    if (!open_) return;
    std::fputc('\n', file_);
    std::fflush(file_);
  }

  /// Whether it is time for a new line.
  bool due() const { return seconds_since(shown_) >= (terminal_ ? 0.2 : seconds_); }

  /// Shows `text` behind speed and time left, after `done` images in all.
  void show(Index done, const std::string& where, const std::string& text) {
    const double speed = static_cast<double>(done - reported_) / seconds_since(last_);
    smoothed_speed_ = smoothed_speed_ > 0 && terminal_ ? 0.8 * smoothed_speed_ + 0.2 * speed : speed;
    const double left = seconds_since(start_) * static_cast<double>(total_ - done) / static_cast<double>(std::max<Index>(done - first_, 1));
    last_ = shown_ = Clock::now();
    reported_ = done;
    auto line = fmt::format("{}  {} {}/s  {} left  {}", where, rate_text(smoothed_speed_), unit_, minutes(left), text);
    // A line that fills the last column too may leave a row behind when it is rewritten.
    if (terminal_) line.resize(std::min(line.size(), std::max<std::size_t>(terminal_columns(file_), 2) - 1));
    fmt::print(file_, "{}{}{}", terminal_ ? "\r" : "", line, terminal_ ? "\x1b[K" : "\n");
    flush();
    open_ = terminal_;
  }

  /// A line that stays, for example at the end of an epoch.
  void keep(const std::string& text) {
    clear();
    fmt::print(file_, "{}\n", text);
    flush();
  }

  /// Takes the line away that is rewritten.
  void clear() {
    if (open_) fmt::print(file_, "\r\x1b[K");
    open_ = false;
  }

  /// Leaves out of the speed what went on since the last line, for example a test; `done` images in all are behind it.
  void restart(Index done) {
    last_ = Clock::now();
    reported_ = done;
  }

 private:
  void flush() {
    if (file_ == stdout) flush_output();
  }

  std::FILE* file_;
  double seconds_;
  bool terminal_ = terminal_columns(file_) > 0, open_ = false;
  const char* unit_;
  Index total_, first_, reported_;
  double smoothed_speed_ = 0;
  Clock::time_point start_ = Clock::now(), last_ = start_, shown_ = start_;
};

/// Progress that several threads count.
class SharedProgress {
 public:
  /// `before` samples were counted before; `where` is what the line begins with. The progress outlives this object.
  SharedProgress(Progress& progress, Index before, std::string where) : progress_(progress), where_(std::move(where)), done_(before) {}

  /// Counts samples, and shows a line where it is time.
  void count(Index samples = 1) {
    done_ += samples;
    if (const std::unique_lock lock(showing_, std::try_to_lock); lock && progress_.due()) progress_.show(done_, where_, "");
  }

 private:
  Progress& progress_;
  std::string where_;
  std::atomic<Index> done_;
  std::mutex showing_;
};

}  // namespace adatape::examples
