#pragma once
/// How often a run saves itself between the ends of its epochs: the value of --save-every.
#include <string>

#include "adatape/core/types.hpp"
#include "progress.hpp"

namespace adatape::examples {

class SaveInterval {
 public:
  /// `text` is a number of steps, or with an m behind it of minutes; 0: never.
  explicit SaveInterval(const std::string& text) : count_(std::stoll(text)), minutes_(text.ends_with('m')) {}

  /// To be called after every step: whether it is time to save.
  bool due() {
    ++steps_;
    return count_ > 0 && (minutes_ ? seconds_since(saved_) >= 60.0 * static_cast<double>(count_) : steps_ >= count_);
  }
  void saved() {
    steps_ = 0;
    saved_ = Clock::now();
  }

 private:
  Index count_;
  bool minutes_;
  Index steps_ = 0;
  Clock::time_point saved_ = Clock::now();
};

}  // namespace adatape::examples
