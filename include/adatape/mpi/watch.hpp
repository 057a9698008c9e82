#pragma once
/// Waiting for other processes, but not for ever: where the network is cut or a process hangs, the run ends with a line that says what was waited for.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "adatape/mpi/session.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::mpi {

/// A limit on the time without progress. It has to be longer than the largest transfer takes, and than any process is busy with something else, such as the
/// test of a model. It sees what the runtime of MPI does not: a process that hangs on a machine that runs, and a link between two machines of which mpirun
/// reaches both.
class Watch {
 public:
  /// All processes make one together. A limit of 0: none.
  Watch(const Session& session, std::chrono::seconds limit) : process_(session.process()), limit_(limit) {
    char own[MPI_MAX_PROCESSOR_NAME] = "";
    int length = 0;
    MPI_Get_processor_name(own, &length);
    std::vector<char> names(static_cast<std::size_t>(session.processes()) * sizeof own);
    MPI_Allgather(own, sizeof own, MPI_CHAR, names.data(), sizeof own, MPI_CHAR, MPI_COMM_WORLD);
    for (std::size_t p = 0; p < static_cast<std::size_t>(session.processes()); ++p) machines_.emplace_back(names.data() + p * sizeof own);
  }

  /// Returns once all requests are complete; they are MPI_REQUEST_NULL then. Request i is one with process processes[i]; without processes they are of
  /// collective operations. `what` says what is transferred. Where no request completes within the limit, the run ends: a line to standard error names those
  /// processes that are waited for, and all processes end with exit code 1, or those alone that the runtime of MPI still reaches.
  void wait(std::span<MPI_Request> requests, std::span<const int> processes, const char* what) const {
    const int count = static_cast<int>(requests.size());
    if (limit_ == Clock::duration::zero()) {
      MPI_Waitall(count, requests.data(), MPI_STATUSES_IGNORE);
      return;
    }
    const auto all_complete = [&] {
      int all = 0;
      MPI_Testall(count, requests.data(), &all, MPI_STATUSES_IGNORE);
      return all != 0;
    };
    const auto awaited = [&] {
      std::set<int> lost;
      for (std::size_t i = 0; i < processes.size(); ++i)
        if (!is_complete(requests[i])) lost.insert(processes[i]);
      return lost;
    };
    until(
        all_complete, [&] { return std::ranges::count_if(requests, is_complete); }, awaited, what);
  }
  /// The same for one request, of a collective operation.
  void wait(MPI_Request request, const char* what) const { wait(std::span(&request, 1), {}, what); }

  /// Calls done() again and again, until it returns true. progress() returns a number that grows with what is done. Where it does not grow within the limit,
  /// the run ends, as with wait. awaited() returns the processes that are waited for.
  template <class Done, class Progress, class Awaited>
  void until(const Done& done, const Progress& progress, const Awaited& awaited, const char* what) const {
    auto last = Clock::now(), look = last + kLook;
    Index most = -1;
    while (!done()) {
      if (limit_ == Clock::duration::zero()) continue;
      const auto now = Clock::now();
      if (now < look) continue;
      look = now + kLook;
      if (const Index found = progress(); found > most)
        most = found, last = now;
      else if (now - last >= limit_)
        end_run(awaited(), what);
    }
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds kLook{100};  ///< between two looks at the single requests
  static constexpr std::size_t kNamed = 8;                ///< processes in the line, at most
  static constexpr unsigned kAbortSeconds = 5;            ///< for MPI_Abort, which may wait for a machine that is gone

  static bool is_complete(MPI_Request request) {
    int complete = 0;
    MPI_Request_get_status(request, &complete, MPI_STATUS_IGNORE);
    return complete != 0;
  }

  [[noreturn]] void end_run(const std::set<int>& lost, const char* what) const {
    std::string names = lost.empty() ? "the others" : "";
    std::size_t named = 0;
    for (auto next = lost.begin(); next != lost.end() && named < kNamed; ++next, ++named) names += (named > 0 ? ", " : "") + name_of(*next);
    if (named < lost.size()) names += " and " + std::to_string(lost.size() - named) + " more";
    const auto seconds = static_cast<long>(std::chrono::duration_cast<std::chrono::seconds>(limit_).count());
    std::fprintf(stderr, "%s: %s: no progress for %ld s with %s (is the network cut, or does a process hang?); the run ends\n",
                 name_of(static_cast<int>(process_)).c_str(), what, seconds, names.c_str());
    std::signal(SIGALRM, SIG_DFL);
    alarm(kAbortSeconds);
    MPI_Abort(MPI_COMM_WORLD, 1);
    std::_Exit(1);
  }
  std::string name_of(int process) const { return "process " + std::to_string(process) + " on " + machines_[static_cast<std::size_t>(process)]; }

  Index process_;
  Clock::duration limit_;
  std::vector<std::string> machines_;  ///< of all processes
};

}  // namespace adatape::mpi
