#pragma once
/// Parallel loops. Work is split by result, never inside one reduction. So results have the same bits for any number of threads.
#include <algorithm>
#include <exception>
#include <memory>

#include "adatape/core/arena.hpp"
#include "adatape/core/error.hpp"
#include "adatape/core/forked.hpp"
#ifdef _OPENMP
#include <omp.h>
#endif

namespace adatape::inline ADATAPE_NAMESPACE {

/// The most threads of a parallel loop. libgomp ends the process where it cannot start all threads that were asked for.
inline constexpr int most_threads = 1024;

/// Number of threads that the next parallel loop of the calling thread may use, at most most_threads, however many OMP_NUM_THREADS asks for. It is 1 inside a
/// parallel loop, in a child of fork() and without OpenMP.
inline int available_threads() {
#ifdef _OPENMP
  return is_forked_child() || omp_in_parallel() ? 1 : std::min(omp_get_max_threads(), most_threads);
#else
  return 1;
#endif
}

/// Sets the number of threads of the calling thread's parallel loops. Other threads, also those that this thread starts later, keep theirs: at first that of
/// OMP_NUM_THREADS, or the number of cores. Throws Error unless 1 <= threads <= most_threads. Without OpenMP it sets nothing.
inline void set_threads(int threads) {
  require(1 <= threads && threads <= most_threads, "set_threads: wanted 1 to ", most_threads, " threads, found ", threads);
#ifdef _OPENMP
  omp_set_num_threads(threads);
#endif
}

namespace detail {

/// A loop body of any type: call(body, i) runs item i. So the loops below are compiled once, and a body once for the serial loop and for the parallel one.
/// (Where the loops were templates of the body, a program that trains took 13.0 s to compile instead of 11.6 s, and had 351 KB of code instead of 311 KB.)
struct LoopBody {
  const void* body;
  void (*call)(const void*, Index);
  void operator()(Index i) const { call(body, i); }
};
template <class Body>
LoopBody loop_body(const Body& body) {
  return {std::addressof(body), [](const void* of_loop, Index i) { (*static_cast<const Body*>(of_loop))(i); }};
}

/// `dynamic`: a thread that has finished its items fetches more. Otherwise every thread has one contiguous range, the same in all loops of equal count.
/// No exception leaves the parallel region, since that would end the process.
template <bool dynamic>
[[gnu::noinline]] void parallel_loop(Index count, LoopBody body) {
#ifdef _OPENMP
  if (const int threads = available_threads(); count > 1 && threads > 1) {
    std::exception_ptr failure;
    const auto item = [&](Index i) {
      try {
        body(i);
      } catch (...) {
#pragma omp critical(adatape_parallel_failure)
        if (!failure) failure = std::current_exception();
      }
    };
    if constexpr (dynamic) {
      const Index fetched_at_once = count / (8 * threads) + 1;
#pragma omp parallel num_threads(threads)
      {
        prepare_thread_arena();
#pragma omp for schedule(dynamic, fetched_at_once)
        for (Index i = 0; i < count; ++i) item(i);
      }
    } else {
#pragma omp parallel num_threads(threads)
      {
        prepare_thread_arena();
#pragma omp for schedule(static)
        for (Index i = 0; i < count; ++i) item(i);
      }
    }
    if (failure) std::rethrow_exception(failure);
    return;
  }
#endif
  for (Index i = 0; i < count; ++i) body(i);
}

}  // namespace detail

/// Calls body(i) for every i in [0, count), in any order, on several threads if count > 1. Items may take unequal time. Inside another parallel loop all items
/// run on the calling thread. Throws the first exception that was caught from body, after the loop; on several threads the other items have run then.
template <class Body>
void parallel_for(Index count, const Body& body) {
  detail::parallel_loop<true>(count, detail::loop_body(body));
}

/// Splits [0, count) into chunks of `grain` >= 1 (the last may be shorter) and calls body(begin, end) for each. For chunks that take equal time: each thread
/// takes a contiguous range of chunks, so consecutive loops over the same rows find the rows in the cache of the same core. Throws as parallel_for does.
template <class Body>
void parallel_chunks(Index count, Index grain, const Body& body) {
  const auto run_chunk = [&](Index chunk) {
    const Index begin = chunk * grain;
    body(begin, begin + grain < count ? begin + grain : count);
  };
  detail::parallel_loop<false>(divide_up(count, grain), detail::loop_body(run_chunk));
}

}  // namespace adatape
