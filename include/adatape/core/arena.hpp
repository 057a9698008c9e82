#pragma once
/// Stack memory for activations, saved tensors and scratch: a pointer bump to take, a rewind to give back, no heap once warm.
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "adatape/core/pages.hpp"

namespace adatape::inline ADATAPE_NAMESPACE {

/// Bump allocator with stack discipline. What a forward pass saves lies at the bottom, what a backward pass needs for a moment comes and
/// goes on top of it (Arena::Scope). Grows by whole blocks while it is cold; reset() then merges them into one with an
/// eighth to spare, so that later steps of about the same size touch no heap. Memory is not initialised. Not for use by two threads at once.
class Arena {
 public:
  Arena() = default;
  Arena(Arena&& other) noexcept
      : blocks_(std::move(other.blocks_)),
        current_(std::exchange(other.current_, 0)),
        used_(std::exchange(other.used_, 0)),
        below_(std::exchange(other.below_, 0)),
        peak_(std::exchange(other.peak_, 0)) {}
  Arena& operator=(Arena&& other) noexcept {
    blocks_ = std::move(other.blocks_);
    current_ = std::exchange(other.current_, 0);
    used_ = std::exchange(other.used_, 0);
    below_ = std::exchange(other.below_, 0);
    peak_ = std::exchange(other.peak_, 0);
    return *this;
  }

  /// Room for `count` elements, aligned to kAlignment, valid until the surrounding Scope ends or reset() is called.
  template <class T>
  T* take(Index count) {
    static_assert(std::is_trivially_destructible_v<T>, "Arena: elements are never destroyed, so they must be trivially destructible");
    const std::size_t bytes = (static_cast<std::size_t>(count) * sizeof(T) + kAlignment - 1) / kAlignment * kAlignment;
    if (current_ == blocks_.size() || used_ + bytes > blocks_[current_].size()) next_block(bytes);
    std::byte* start = blocks_[current_].data() + used_;
    used_ += bytes;
    peak_ = std::max(peak_, in_use());
    return reinterpret_cast<T*>(start);
  }
  template <class T>
  std::span<T> take_span(Index count) {
    return {take<T>(count), static_cast<std::size_t>(count)};
  }

  /// Gives back, when it goes out of scope, everything taken since it was made.
  class Scope {
   public:
    explicit Scope(Arena& arena) : arena_(arena), block_(arena.current_), used_(arena.used_), below_(arena.below_) {}
    ~Scope() {
      arena_.current_ = block_;
      arena_.used_ = used_;
      arena_.below_ = below_;
    }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Arena& arena_;
    std::size_t block_, used_, below_;
  };

  /// Gives everything back. Called at the start of a step.
  void reset() {
    current_ = used_ = below_ = 0;
    if (blocks_.size() > 1) reserve(peak_);
  }
  /// Makes one block of at least that many bytes, with an eighth to spare if it is new. Only while nothing is taken.
  void reserve(std::size_t bytes) {
    if (blocks_.size() == 1 ? blocks_[0].size() >= bytes : bytes == 0) return;
    current_ = 0;
    blocks_.clear();
    blocks_.emplace_back(bytes + bytes / 8);
  }

  std::size_t in_use() const { return below_ + used_; }  ///< bytes taken now
  std::size_t peak() const { return peak_; }              ///< most bytes ever taken at once
  std::size_t capacity() const {                          ///< bytes held
    std::size_t total = 0;
    for (const auto& block : blocks_) total += block.size();
    return total;
  }

 private:
  void next_block(std::size_t bytes) {
    constexpr std::size_t smallest_block = std::size_t{1} << 16;
    if (current_ < blocks_.size()) {
      below_ += used_;
      ++current_;
    }
    // Blocks behind the current one are free: keep the first that is large enough, drop those that are not.
    while (current_ < blocks_.size() && blocks_[current_].size() < bytes) blocks_.erase(blocks_.begin() + static_cast<std::ptrdiff_t>(current_));
    if (current_ == blocks_.size()) blocks_.emplace_back(std::max({bytes, smallest_block, capacity() / 2}));
    used_ = 0;
  }

  std::vector<Pages> blocks_;
  std::size_t current_ = 0;  ///< block being filled
  std::size_t used_ = 0;     ///< bytes taken of it
  std::size_t below_ = 0;    ///< bytes taken of the blocks before it
  std::size_t peak_ = 0;
};

/// Scratch of the calling thread for the inside of one operation; use it through a Scope.
inline Arena& thread_arena() {
  thread_local Arena arena;
  return arena;
}

/// Makes the calling thread's empty arena as large as that of any thread has had to be. Parallel loops call it on every thread, so that a thread that meets
/// its first large piece of work late finds the memory there: after a few equal passes none touches the heap.
inline void prepare_thread_arena() {
  static std::atomic<std::size_t> largest{0};
  Arena& arena = thread_arena();
  std::size_t known = largest.load(std::memory_order_relaxed);
  while (arena.peak() > known && !largest.compare_exchange_weak(known, arena.peak(), std::memory_order_relaxed)) {
  }
  if (arena.in_use() == 0) arena.reserve(std::max(known, arena.peak()));
}

}  // namespace adatape
