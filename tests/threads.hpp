#pragma once
/// The number of threads of parallel loops, for the length of a scope.
#include "adatape/core/parallel.hpp"

namespace adatape::testing {

class Threads {
 public:
  explicit Threads(int count) : before_(available_threads()) { set_threads(count); }
  ~Threads() { set_threads(before_); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

 private:
  int before_;
};

}  // namespace adatape::testing
