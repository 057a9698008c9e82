/// twice: calls mpi::run twice, though a process can have one run of MPI only. Its exit code is that of the second call.
#include "adatape/mpi/session.hpp"

int main() {
  using adatape::mpi::run, adatape::mpi::Session;
  if (run([](const Session&) { return 0; }) != 0) return 2;
  return run([](const Session&) { return 0; });
}
