#pragma once
/// How often a run saves itself between the ends of its epochs: the value of --save-every.
#include <string>

#include "adatape/core/types.hpp"
#include "process_group.hpp"
#include "progress.hpp"

namespace adatape::examples {

class SaveInterval {
 public:
  /// `text` is a number of steps, or with an m behind it of minutes; 0: never.
  SaveInterval(const std::string& text, ProcessGroup& group) : count_(std::stoll(text)), minutes_(text.ends_with('m')), group_(group) {}

  /// To be called after every step, by all processes together: whether it is time to save. The minutes are those of the first process.
  bool due() {
    ++steps_;
    if (count_ == 0 || !minutes_) return count_ > 0 && steps_ >= count_;
    return group_.largest(group_.is_first() && seconds_since(saved_) >= 60.0 * static_cast<double>(count_) ? 1 : 0) == 1;
  }
  void saved() {
    steps_ = 0;
    saved_ = Clock::now();
  }

 private:
  Index count_;
  bool minutes_;
  ProcessGroup& group_;
  Index steps_ = 0;
  Clock::time_point saved_ = Clock::now();
};

}  // namespace adatape::examples
