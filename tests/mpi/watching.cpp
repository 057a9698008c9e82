/// watching SECONDS MILLISECONDS: processes send each other a number again and again, under a watch of so many seconds (adatape/mpi/watch.hpp), every so many
/// milliseconds. It runs until it is ended.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <thread>
#include <vector>

#include "adatape/mpi/watch.hpp"

int main(int argc, char** argv) {
  using namespace adatape;
  const std::chrono::seconds limit(argc > 1 ? std::atol(argv[1]) : 0);
  const std::chrono::milliseconds pause(argc > 2 ? std::atol(argv[2]) : 0);
  return mpi::run([&](const mpi::Session& session) {
    const mpi::Watch watch(session, limit);
    for (Index round = 0;; ++round) {
      std::vector<Index> received(static_cast<std::size_t>(session.processes()), -1);
      std::vector<MPI_Request> requests;
      std::vector<int> processes;
      for (int p = 0; p < session.processes(); ++p) {
        if (p == session.process()) continue;
        MPI_Irecv(&received[static_cast<std::size_t>(p)], sizeof(Index), MPI_BYTE, p, 0, MPI_COMM_WORLD, &requests.emplace_back());
        MPI_Isend(&round, sizeof(Index), MPI_BYTE, p, 0, MPI_COMM_WORLD, &requests.emplace_back());
        processes.insert(processes.end(), 2, p);
      }
      watch.wait(requests, processes, "numbers");
      for (int p = 0; p < session.processes(); ++p)
        require(p == session.process() || received[static_cast<std::size_t>(p)] == round, "numbers: wanted ", round, ", found ",
                received[static_cast<std::size_t>(p)]);
      if (round == 0) std::fprintf(stderr, "process %td of %td has made a round\n", session.process(), session.processes());
      std::this_thread::sleep_for(pause);
    }
    return 0;
  });
}
