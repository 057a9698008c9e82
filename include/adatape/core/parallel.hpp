#pragma once
/// Loops over the cores. Work is split by result, never inside one reduction, so results have the same bits for any number of threads.
#include <exception>

#include "adatape/core/types.hpp"
#ifdef _OPENMP
#include <omp.h>
#endif

namespace adatape {

/// Threads that the next parallel loop of the calling thread may use; 1 inside a parallel loop and without OpenMP.
inline int available_threads() {
#ifdef _OPENMP
  return omp_in_parallel() ? 1 : omp_get_max_threads();
#else
  return 1;
#endif
}

/// Sets the number of threads of the calling thread's parallel loops. Without OpenMP it does nothing.
inline void set_threads([[maybe_unused]] int threads) {
#ifdef _OPENMP
  omp_set_num_threads(threads);
#endif
}

/// Calls body(i) for every i in [0, count), in any order, at once on several threads if count > 1. Items may cost unequal time.
/// Runs in place inside another parallel loop. What body throws is thrown again after the loop (of several the one caught first).
template <class Body>
void parallel_for(Index count, const Body& body) {
#ifdef _OPENMP
  if (count > 1 && available_threads() > 1) {
    std::exception_ptr failure;
#pragma omp parallel for schedule(dynamic, 1)
    for (Index i = 0; i < count; ++i) {
      try {
        body(i);
      } catch (...) {
#pragma omp critical(adatape_parallel_failure)
        if (!failure) failure = std::current_exception();
      }
    }
    if (failure) std::rethrow_exception(failure);
    return;
  }
#endif
  for (Index i = 0; i < count; ++i) body(i);
}

/// Splits [0, count) into chunks of `grain` (the last may be shorter) and calls body(begin, end) for each, as parallel_for does.
template <class Body>
void parallel_chunks(Index count, Index grain, const Body& body) {
  parallel_for((count + grain - 1) / grain, [&](Index chunk) {
    const Index begin = chunk * grain;
    body(begin, begin + grain < count ? begin + grain : count);
  });
}

}  // namespace adatape
