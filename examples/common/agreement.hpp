#pragma once
/// What the processes of a group decide together: whether to stop, and what becomes of an error that one of them has.
#include <exception>

#include "adatape/core/error.hpp"
#include "interrupt.hpp"
#include "process_group.hpp"

namespace adatape::examples {

/// What a process throws where another one has an Error of its own.
class AnotherProcessFailed : public Error {
 public:
  AnotherProcessFailed() : Error("another process failed") {}
};

inline bool is_of_another_process(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const AnotherProcessFailed&) {
    return true;
  } catch (...) {
    return false;
  }
}

/// Together: the signal that asked one of the processes to stop, or 0.
inline int agreed_signal(ProcessGroup& group) { return static_cast<int>(group.largest(stop_signal)); }

/// Together: calls work() in each process, unless that process was asked to stop. Returns the signal that asked one of them, or 0. Where work throws Error, all
/// processes throw: the first of those that failed throws what it caught, and all others AnotherProcessFailed.
template <class Work>
int work_together(ProcessGroup& group, const Work& work) {
  constexpr Index failed = 1000;  // more than any signal
  std::exception_ptr failure;
  Index found = stop_signal;
  if (found == 0) try {
      work();
    } catch (const Error&) {
      failure = std::current_exception();
      found = failed + group.processes() - group.process();
    }
  const Index most = group.largest(found);
  if (most < failed) return static_cast<int>(most);
  if (most != found) throw AnotherProcessFailed();
  std::rethrow_exception(failure);
}

/// Together: to be called before the first collective work of a run. Throws Error where another process ends instead, as after --help.
inline void enter(ProcessGroup& group) { require(group.largest(0) == 0, "another process of the group has ended before the first step"); }
/// Together: to be called at the end.
inline void leave(ProcessGroup& group) { group.largest(1); }

}  // namespace adatape::examples
