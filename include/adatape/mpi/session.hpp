#pragma once
/// The part of a process in a run of MPI, from the first to the last call of MPI.
#include <mpi.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "adatape/core/error.hpp"
#include "adatape/core/parallel.hpp"
#include "adatape/core/types.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::mpi {

/// What run() hands over. Of the user's threads only the one that called run() calls MPI.
class Session {
 public:
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  Index process() const { return process_; }      ///< number of this process, from 0
  Index processes() const { return processes_; }  ///< of the run

 private:
  template <class Main>
  friend int run(const Main& main);

  /// Throws Error where MPI has run before, or cannot run beside threads of OpenMP.
  Session() {
    int running = 0, provided = 0;
    MPI_Initialized(&running);
    require(running == 0, "MPI: wanted one run in a process, found a second one");
    MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &provided);
    if (provided < MPI_THREAD_SERIALIZED) MPI_Finalize();  // in all processes: it is the same MPI
    require(provided >= MPI_THREAD_SERIALIZED, "MPI: wanted calls from one thread after another to be allowed, found that they are not");
    int process = 0, processes = 1;
    MPI_Comm_rank(MPI_COMM_WORLD, &process);
    MPI_Comm_size(MPI_COMM_WORLD, &processes);
    process_ = process;
    processes_ = processes;
    if (std::getenv("OMP_NUM_THREADS") == nullptr) share_cores();
  }

  /// The processes of one machine take nearly equal shares of its cores.
  static void share_cores() {
    MPI_Comm machine;
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &machine);
    int neighbours = 1;
    MPI_Comm_size(machine, &neighbours);
    MPI_Comm_free(&machine);
    const int cores = static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));  // mpirun may have bound this process to some of them
    set_threads(std::clamp(cores / neighbours, 1, available_threads()));
  }

  Index process_ = 0, processes_ = 1;
};

/// Calls main(session), between the first and the last call of MPI, and returns its exit code. To be called once in a process, by main(). Without mpirun there
/// is one process. Unless the environment has OMP_NUM_THREADS, the processes of one machine share its cores: set_threads is called with a process's share.
///
/// Where main throws, the others would wait for this process. So its error is printed, one line to standard error, and all processes of the run end with exit
/// code 1. Where MPI has run before in this process, or cannot run beside threads of OpenMP, main is not called: a line says so, and the exit code is 1.
template <class Main>
int run(const Main& main) {
  try {
    const Session session;
    try {
      const int code = main(session);
      MPI_Finalize();
      return code;
    } catch (const std::exception& error) {
      std::fprintf(stderr, "process %td of %td: %s\n", session.process(), session.processes(), error.what());
      if (session.processes() > 1) MPI_Abort(MPI_COMM_WORLD, 1);  // does not return
      MPI_Finalize();
      return 1;
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}

}  // namespace adatape::mpi
