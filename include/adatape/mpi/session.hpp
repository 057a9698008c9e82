#pragma once
/// The part of a process in a run of MPI, from the first to the last call of MPI.
#include <mpi.h>

#include <exception>

#include "adatape/core/error.hpp"
#include "adatape/core/types.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::mpi {

/// Lives in main() around everything that calls MPI, once in a process. Only the thread that made it calls MPI.
///
/// A process that leaves main() by an exception would leave the others waiting for it. So the destructor ends the whole run, all processes, while an exception
/// is on its way through. Without mpirun there is one process.
class Session {
 public:
  /// Throws Error where MPI runs already, has run before, or cannot run beside threads of OpenMP.
  Session() {
    int running = 0;
    MPI_Initialized(&running);
    require(running == 0, "MPI: wanted one session in a process, found a second one");
    int provided = 0;
    MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided);
    require(provided >= MPI_THREAD_FUNNELED, "MPI: wanted support of threads beside the one that calls MPI, found none");
    int process = 0, processes = 1;
    MPI_Comm_rank(MPI_COMM_WORLD, &process);
    MPI_Comm_size(MPI_COMM_WORLD, &processes);
    process_ = process;
    processes_ = processes;
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() {
    if (std::uncaught_exceptions() > 0)
      abort(1);
    else
      MPI_Finalize();
  }

  Index process() const { return process_; }      ///< number of this process, from 0
  Index processes() const { return processes_; }  ///< of the run
  /// Ends all processes of the run. mpirun ends with this code.
  [[noreturn]] static void abort(int code) {
    MPI_Abort(MPI_COMM_WORLD, code);
    std::terminate();
  }

 private:
  Index process_ = 0, processes_ = 1;
};

}  // namespace adatape::mpi
