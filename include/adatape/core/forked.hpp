#pragma once
/// Whether this process is the child of a fork.
///
/// A child of fork() has one thread. libgomp, the OpenMP of g++, does not know that the other threads are gone: the next parallel region waits for them
/// forever. So the library's loops are serial in a child. Their results have the same bits. A program that the child starts with exec() is not affected.
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

/// Whether this process is a child of fork(), or a child of such a child. False where the system has no fork().
inline bool is_forked_child() { return detail::forked.load(std::memory_order_relaxed); }

}  // namespace adatape
