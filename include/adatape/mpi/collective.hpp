#pragma once
/// Operations that all processes of a run begin together and wait for, under a watch.
#include <cstdint>
#include <span>
#include <vector>

#include "adatape/mpi/watch.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::mpi {

/// Begins an operation by start(&request), and waits for it. `what` says what is transferred.
template <class Start>
void complete(const Watch& watch, const char* what, const Start& start) {
  MPI_Request request;
  start(&request);
  watch.wait(request, what);
}

/// The numbers of all processes under one operation, such as MPI_SUM and MPI_MAX.
inline Index reduce(const Watch& watch, const char* what, Index number, MPI_Op operation) {
  std::int64_t value = number, result = 0;
  complete(watch, what, [&](MPI_Request* request) { MPI_Iallreduce(&value, &result, 1, MPI_INT64_T, operation, MPI_COMM_WORLD, request); });
  return static_cast<Index>(result);
}

/// `values` are cuts.back() things of `size` bytes each, of which process p has those at [cuts[p], cuts[p + 1]). Afterwards all processes have all.
inline void gather(const Watch& watch, const char* what, void* values, std::size_t size, std::span<const Index> cuts) {
  std::vector<int> counts, firsts;
  for (std::size_t p = 0; p + 1 < cuts.size(); ++p) {
    counts.push_back(static_cast<int>(cuts[p + 1] - cuts[p]));
    firsts.push_back(static_cast<int>(cuts[p]));
  }
  MPI_Datatype thing;
  MPI_Type_contiguous(static_cast<int>(size), MPI_BYTE, &thing);
  MPI_Type_commit(&thing);
  complete(watch, what, [&](MPI_Request* request) {
    MPI_Iallgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, values, counts.data(), firsts.data(), thing, MPI_COMM_WORLD, request);
  });
  MPI_Type_free(&thing);
}

}  // namespace adatape::mpi
