#pragma once
/// Batches that threads fill ahead of the one that is used.
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "adatape/core/error.hpp"
#include "adatape/core/forked.hpp"
#include "adatape/core/types.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::data::detail {

/// A batch in the making. Whoever pushes it fills `samples`, `epoch` and `position`, and gives the other vectors their sizes.
struct LoaderSlot {
  std::vector<Index> samples;              ///< [size] numbers in the data set
  std::vector<std::int64_t> labels;        ///< [size]
  std::vector<float> inputs;               ///< [size, values of a sample]
  std::vector<std::exception_ptr> errors;  ///< [size] null where the sample is ready
  std::vector<std::uint8_t> unreadable;    ///< [size] 1: errors[k] is an Error of the picture, which may be left out
  Index epoch = 0, position = 0;
  std::size_t taken = 0, done = 0;  ///< samples that are in work or done, and that are done; guarded by the queue's mutex
};

/// A ring of slots. One thread, the owner, pushes slots at the end and takes them from the front. Workers fill them in between, sample by sample, in the order
/// in which the slots were pushed. Without workers the owner fills a slot when it asks for it.
class LoaderQueue {
 public:
  /// Fills sample k of a slot. It is called by several threads at once, for different samples. It must not throw.
  using Work = std::function<void(LoaderSlot& slot, std::size_t k)>;

  /// Throws Error if a thread cannot be started. Those that were started end first.
  LoaderQueue(int workers, std::size_t slots, Work work) : slots_(slots), work_(std::move(work)) {
    workers_.reserve(static_cast<std::size_t>(workers));
    for (int worker = 0; worker < workers; ++worker) try {
        workers_.emplace_back([this](std::stop_token stop) { run(stop); });
      } catch (const std::system_error& failure) {
        require(false, "loader: cannot start worker ", worker, " of ", workers, ": ", failure.what());
      }
  }
  LoaderQueue(const LoaderQueue&) = delete;
  LoaderQueue& operator=(const LoaderQueue&) = delete;
  /// Each worker finishes the sample that it works on, and ends. All are asked to stop before the first is waited for.
  ~LoaderQueue() {
    for (std::jthread& worker : workers_) worker.request_stop();
  }

  /// Throws Error in a child of fork(): it has no workers, and one of them may have held the mutex.
  void require_workers() const {
    require(workers_.empty() || !is_forked_child() || forked_before_, "loader: a child of fork() has no workers; make a loader in the child");
  }

  bool full() const { return end_ - front_ == slots_.size(); }
  bool empty() const { return end_ == front_; }

  /// The slot that push() will add: no other thread uses it. There is none while the queue is full.
  LoaderSlot& free_slot() { return slots_[end_ % slots_.size()]; }
  /// Hands the free slot, whose `samples` are not empty, to the workers.
  void push() {
    {
      const std::lock_guard lock(mutex_);
      free_slot().taken = free_slot().done = 0;
      ++end_;
    }
    if (!workers_.empty()) there_is_work_.notify_all();
  }

  /// The slot that was pushed first, when all its samples are done. The queue must not be empty.
  LoaderSlot& front() {
    LoaderSlot& slot = slots_[front_ % slots_.size()];
    if (workers_.empty()) {
      for (; slot.done < slot.samples.size(); ++slot.done) work_(slot, slot.done);
      return slot;
    }
    std::unique_lock lock(mutex_);
    slot_is_done_.wait(lock, [&] { return slot.done == slot.samples.size(); });
    return slot;
  }
  /// Makes the front slot a free one. front() must have returned it.
  void pop() { ++front_; }

 private:
  void run(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (there_is_work_.wait(lock, stop, [&] { return current_ != end_; }) && !stop.stop_requested()) {
      LoaderSlot& slot = slots_[current_ % slots_.size()];
      const std::size_t k = slot.taken++;
      if (slot.taken == slot.samples.size()) ++current_;
      lock.unlock();
      work_(slot, k);
      lock.lock();
      if (++slot.done == slot.samples.size()) slot_is_done_.notify_one();
    }
  }

  std::vector<LoaderSlot> slots_;
  Work work_;
  std::mutex mutex_;
  std::condition_variable_any there_is_work_;  // _any: its wait ends when a stop is requested
  std::condition_variable slot_is_done_;
  std::size_t front_ = 0;                   ///< slots that were popped; used by the owner alone
  std::size_t current_ = 0, end_ = 0;       ///< slots that were handed out, and that were pushed; guarded by the mutex
  bool forked_before_ = is_forked_child();  ///< this object was made in a child of fork(), so its workers are there
  std::vector<std::jthread> workers_;       ///< the last member: it is destroyed first
};

}  // namespace adatape::data::detail
