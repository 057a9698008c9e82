#pragma once
/// One pass over the training pictures: mean and deviation of their channels, and which of them can be read.
#include <atomic>
#include <mutex>

#include "../common/agreement.hpp"
#include "../common/progress.hpp"
#include "adatape/core/parallel.hpp"
#include "picture_set.hpp"
#include "pixels.hpp"

namespace adatape::examples {

struct PictureScan {
  PixelStatistics pixels;       ///< of the pictures that can be read
  std::vector<Index> readable;  ///< their numbers, ascending
  std::string broken;           ///< what is wrong with the first of the others; empty if there are none
};

/// Reads all pictures of `set`, each process its share, on all cores, and says how far it is where they are files. Called by all processes of the group
/// together. The result is the same for any number of threads and processes. Throws Error for a picture that cannot be read, unless `skip_broken`, and if none
/// can. Throws Interrupted if one of the processes was asked to stop before the end.
inline PictureScan scan_pictures(ProcessGroup& group, const PictureSet& set, bool skip_broken) {
  constexpr Index chunk = 64;
  PixelHistogram all(set.channels());
  std::vector<std::string> errors(static_cast<std::size_t>(set.size()));
  std::vector<char> broken(errors.size());
  const auto start = Clock::now();
  const auto mine = group.share(set.size());
  Progress progress(mine.size(), 0, "img");
  SharedProgress shown(progress, 0, "mean and deviation of the training images");
  std::atomic<bool> failed{false};
  std::mutex merging;
  const auto add = [&](PixelHistogram& histogram, Index i, image::Image& room) {
    const auto at = static_cast<std::size_t>(i);
    try {
      histogram.add(set.pixels(i, room));
    } catch (const Error& error) {
      failed = failed || !skip_broken;
      if (!skip_broken) throw;
      broken[at] = 1;
      errors[at] = error.what();
    }
  };
  parallel_for((mine.size() + chunk - 1) / chunk, [&](Index part) {
    PixelHistogram histogram(set.channels());
    image::Image room;
    const Index first = mine.first + part * chunk, end = std::min(first + chunk, mine.end);
    for (Index i = first; i < end && !failed && stop_signal == 0; ++i) add(histogram, i, room);
    if (!set.in_memory()) shown.count(end - first);
    const std::lock_guard lock(merging);
    all.add(histogram);
  });
  if (const int signal = agreed_signal(group); signal != 0) throw Interrupted{signal};
  all.add_others(group);
  group.gather(std::span(broken));
  PictureScan scan;
  for (Index i = 0; i < set.size(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (broken[at] == 0) scan.readable.push_back(i);
    if (scan.broken.empty()) scan.broken = errors[at];
  }
  for (const auto& text : group.texts(scan.broken))
    if (!text.empty()) {
      scan.broken = text;
      break;
    }
  require(!scan.readable.empty(), "none of the ", set.size(), " training images can be read; the first of them: ", scan.broken);
  if (!set.in_memory())
    progress.keep(fmt::format("read {} training images for their mean and deviation in {}", scan.readable.size(), minutes(seconds_since(start))));
  scan.pixels = all.statistics();
  return scan;
}

}  // namespace adatape::examples
