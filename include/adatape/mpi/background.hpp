#pragma once
/// A sum of gradients that moves on while this process computes.
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "adatape/mpi/reduction.hpp"
#include "adatape/mpi/watch.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::mpi {

/// A Reduction, and a thread that calls its advance(). MPI moves large messages on only while somebody calls MPI, so transfers need such a thread beside the
/// ones that compute. It sleeps between its calls, because cores are there to compute. Without `overlap` there is no thread, and finish() does everything.
/// Calls of MPI by this object never run at the same time, but on two threads: MPI_THREAD_SERIALIZED. The destructor ends the thread, also where a sum was
/// given up in the middle.
class Background {
 public:
  /// Throws std::system_error where no thread can be started.
  Background(Index process, Index processes, bool overlap) : reduction_(process, processes) {
    if (overlap) thread_ = std::jthread([this](std::stop_token stop) { run(stop); });
  }

  /// The sum itself, for calls while none is under way. Valid as long as this object.
  Reduction& reduction() { return reduction_; }

  /// Begins a sum, as train::Exchange asks of begin_sum. Throws Error where the last sum was not finished.
  template <class T>
  void begin(std::span<const train::LeafBlock<std::span<T>>> mine, std::span<const Index> order) {
    {
      const std::scoped_lock lock(mutex_);
      require(!active_, "MPI: a sum of gradients was given up in the middle, so the run cannot go on");
      reduction_.begin(mine, order);
      ready_ = 0;
      active_ = true;
    }
    changed_.notify_one();
  }
  /// The first `count` chunks of the order are final from here on. Any thread may call this.
  void ready(Index count) {
    const std::scoped_lock lock(mutex_);
    ready_ = count;
  }
  /// All `chunks` chunks are final. Returns when the sum is there. The watch limits the time without progress.
  void finish(Index chunks, const Watch& watch) {
    const std::scoped_lock lock(mutex_);
    watch.until([&] { return !active_ || !(active_ = !reduction_.advance(chunks)); }, [&] { return reduction_.progress(); },
                [&] { return reduction_.awaited(); }, "gradients");
  }

 private:
  void run(std::stop_token stop) {
    constexpr auto pause = std::chrono::microseconds(100);  // a chunk takes about as long at 10 Gbit/s
    std::unique_lock lock(mutex_);
    while (changed_.wait(lock, stop, [&] { return active_; }) && !stop.stop_requested()) {  // a sum that was given up stays active
      active_ = !reduction_.advance(ready_);
      lock.unlock();
      std::this_thread::sleep_for(pause);
      lock.lock();
    }
  }

  Reduction reduction_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool active_ = false;
  Index ready_ = 0;
  std::jthread thread_;  // the last member: it uses the others
};

}  // namespace adatape::mpi
