#pragma once
/// Comparing two pieces of work on a machine whose speed changes from moment to moment: both in every round, then medians over the rounds.
#include <time.h>

#include <algorithm>
#include <chrono>
#include <vector>

namespace adatape::bench {

/// Seconds of one call.
template <class Run>
double seconds_of(const Run& run) {
  const auto start = std::chrono::steady_clock::now();
  run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// CPU seconds of one call, of all threads together. Programs that share the cores do not add to it; they do slow it down through caches, memory and clock
/// rate.
template <class Run>
double cpu_seconds_of(const Run& run) {
  const auto now = [] {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  };
  const double start = now();
  run();
  return now() - start;
}

/// The larger of the two in the middle where their number is even.
inline double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

class Rounds {
 public:
  /// Runs both, in an order that changes from round to round. Returns the seconds of the first.
  template <class First, class Second>
  double add(const First& first, const Second& second) {
    const bool in_order = first_.size() % 2 == 0;
    if (in_order) first_.push_back(seconds_of(first));
    second_.push_back(seconds_of(second));
    if (!in_order) first_.push_back(seconds_of(first));
    ratio_.push_back(first_.back() / second_.back());
    return first_.back();
  }
  double first() const { return median(first_); }
  double second() const { return median(second_); }
  double ratio() const { return median(ratio_); }  ///< first / second of the same round

 private:
  std::vector<double> first_, second_, ratio_;
};

}  // namespace adatape::bench
