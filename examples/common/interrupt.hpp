#pragma once
/// Ctrl-C (and SIGTERM, SIGUSR1 and SIGHUP) as a request: the run finishes its step and saves.
#include <csignal>

namespace adatape::examples {

/// The signal that asked to stop, or 0. A second one ends the program at once.
inline volatile std::sig_atomic_t stop_signal = 0;

/// Thrown where work that is not saved in the middle, such as a test, was given up because of a signal.
struct Interrupted {
  int signal;
};

/// SIGUSR1 is what batch systems send before a job's time is over, and what mpirun hands on to its processes. (It ends them a second after Ctrl-C.) SIGHUP
/// comes when the terminal goes away, unless nohup has it ignored. Output that nobody reads any more is an Error, before which a run can save, and no SIGPIPE.
inline void watch_for_interrupts() {
  const auto handler = [](int signal) {
    stop_signal = signal;
    std::signal(signal, SIG_DFL);
  };
  std::signal(SIGINT, handler);
  std::signal(SIGTERM, handler);
  std::signal(SIGUSR1, handler);
  if (std::signal(SIGHUP, handler) == SIG_IGN) std::signal(SIGHUP, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
}

}  // namespace adatape::examples
