#pragma once
/// Ctrl-C (and SIGTERM) as a request: the run finishes its step and saves.
#include <csignal>

namespace adatape::examples {

/// The signal that asked to stop, or 0. A second one ends the program at once.
inline volatile std::sig_atomic_t stop_signal = 0;

/// Thrown where work that cannot be saved was given up because of stop_signal.
struct Interrupted {};

inline void watch_for_interrupts() {
  const auto handler = [](int signal) {
    stop_signal = signal;
    std::signal(signal, SIG_DFL);
  };
  std::signal(SIGINT, handler);
  std::signal(SIGTERM, handler);
}

}  // namespace adatape::examples
