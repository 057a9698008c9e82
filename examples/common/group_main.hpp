#pragma once
/// The main of a program that may run in several processes.
#include <chrono>
#include <csignal>
#include <thread>

#include "agreement.hpp"
#include "guarded_main.hpp"
#include "process_group.hpp"

namespace adatape::examples {

/// The processes that a launcher such as mpirun says it has started; 0 where there is no word of one.
inline long launched_processes() {
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"})
    if (const char* const text = std::getenv(name)) return std::atol(text);
  return 0;
}

/// Says what went wrong in this process, and ends all of the group. The first process says it at once. Others wait: an error that all have, such as a wrong
/// flag, is said once. Who only knows that another one failed waits longer. Who waits is ended by SIGTERM, which mpirun sends first, about a second later.
inline int end_group(ProcessGroup& group, const std::exception_ptr& exception) {
  const auto failure = failure_of(exception);
  if (group.is_alone()) return tell(failure);
  const bool is_own = !is_of_another_process(exception);
  std::fflush(stdout);
  std::signal(SIGTERM, SIG_DFL);
  if (!group.is_first() || !is_own) std::this_thread::sleep_for(std::chrono::seconds(is_own ? 5 : 15));
  tell(failure, group.is_first() ? "" : "process " + std::to_string(group.process()) + " of " + std::to_string(group.processes()) + ": ");
  group.end_all(failure.code);
  return failure.code;
}

/// As guarded_main, of a body that takes the group of its process. Only the first process prints. Where one fails, all end with its exit code.
template <class Body>
int group_main(const Body& body) {
  wait_passively();
  const auto run = [&](ProcessGroup& group) {
    try {
      require(!group.is_alone() || launched_processes() <= 1, launched_processes(),
              " processes were started, but this program was built without MPI, or for another one than theirs");
      if (!group.is_first()) require(std::freopen("/dev/null", "w", stdout) != nullptr, "standard output: cannot be closed");
      const int code = body(group);
      flush_output();
      leave(group);
      return code;
    } catch (const std::exception&) {
      return end_group(group, std::current_exception());
    }
  };
  try {
    return join_processes(run);
  } catch (const std::exception&) {
    return tell(failure_of(std::current_exception()));
  }
}

}  // namespace adatape::examples
