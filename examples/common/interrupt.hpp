#pragma once
/// Ctrl-C (and SIGTERM and SIGUSR1) as a request: the run finishes its step and saves.
#include <csignal>

namespace adatape::examples {

/// The signal that asked to stop, or 0. A second one ends the program at once.
inline volatile std::sig_atomic_t stop_signal = 0;

/// Thrown where work that cannot be saved was given up because of a signal.
struct Interrupted {
  int signal;
};

/// SIGUSR1 is what batch systems send before a job's time is over, and what mpirun hands on to its processes. (It ends them a second after Ctrl-C.)
inline void watch_for_interrupts() {
  const auto handler = [](int signal) {
    stop_signal = signal;
    std::signal(signal, SIG_DFL);
  };
  std::signal(SIGINT, handler);
  std::signal(SIGTERM, handler);
  std::signal(SIGUSR1, handler);
}

}  // namespace adatape::examples
