#pragma once
/// Whether this process is the child of a fork.
///
/// A child has one thread, the one that called fork(). The OpenMP of g++ (libgomp) does not know: the next parallel region of that thread waits for
/// threads that are gone, forever. So the library's loops are serial in a child, and their results are the same bits. exec() starts a new program, which
/// is no child in this sense.
#include <atomic>

#include "adatape/core/namespace.hpp"
#if defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#endif

namespace adatape::inline ADATAPE_NAMESPACE {

namespace detail {

inline std::atomic<bool> forked{false};

/// Registers, once a program, the handler that fork() runs in the child.
inline const bool fork_is_watched = [] {
#if defined(__unix__) || defined(__APPLE__)
  return pthread_atfork(nullptr, nullptr, [] { forked.store(true, std::memory_order_relaxed); }) == 0;
#else
  return false;
#endif
}();

}  // namespace detail

/// True from fork() on in the child and in its own children.
inline bool is_forked_child() { return detail::forked.load(std::memory_order_relaxed); }

}  // namespace adatape::inline ADATAPE_NAMESPACE
