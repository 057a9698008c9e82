#pragma once
/// Stack memory for activations, saved tensors and scratch. Taking memory moves a pointer forward, giving it back moves the pointer to where it was.
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "adatape/core/assert.hpp"
#include "adatape/core/error.hpp"
#include "adatape/core/pages.hpp"

namespace adatape::inline ADATAPE_NAMESPACE {

/// A stack of memory. What a forward pass saves lies at the bottom. What a backward pass needs for a moment is taken on top and given back (Arena::Scope).
/// - The arena grows by whole blocks. reset() merges several blocks into one, of the peak and an eighth more. So later steps of about the same size allocate
///   nothing.
/// - Memory is not initialised.
/// - An arena is for one thread at a time.
/// - An arena may be made of memory that holds the packed weights of a model already (keep).
/// - Moving an arena does not move what was taken from it. The arena that was moved from is empty. Neither arena may have an open Scope (asserted).
class Arena {
  /// Where the next elements come from.
  struct Place {
    std::size_t block = 0;  ///< the block being filled
    std::size_t used = 0;   ///< bytes taken of that block
    std::size_t below = 0;  ///< bytes taken of the blocks before it
  };

 public:
  Arena() = default;
  /// An arena that is filled: what is taken lies in `contents` one after another, and holds the values that keep() wrote when the same was taken before.
  /// Nothing is written, so the memory may be read-only. take() and keep() throw Error where the contents end.
  explicit Arena(Pages contents) : filled_(true) { blocks_.push_back(std::move(contents)); }
  /// Takes over the memory of `other` and what was taken from it.
  Arena(Arena&& other) noexcept
      : blocks_(std::move(other.blocks_)),
        place_(std::exchange(other.place_, {})),
        peak_(std::exchange(other.peak_, 0)),
        kept_(std::exchange(other.kept_, 0)),
        filled_(std::exchange(other.filled_, false)) {
    ADATAPE_ASSERT(other.scopes_ == 0, "Arena: moved while a Scope of it is open");
  }
  /// Takes over the memory of `other` and what was taken from it. The memory that this arena had is freed, and what was taken from it is gone. An arena that is
  /// moved to itself stays as it is.
  Arena& operator=(Arena&& other) noexcept {
    ADATAPE_ASSERT(scopes_ == 0 && other.scopes_ == 0, "Arena: moved while a Scope of it is open");
    if (this == &other) return *this;
    blocks_ = std::move(other.blocks_);
    place_ = std::exchange(other.place_, {});
    peak_ = std::exchange(other.peak_, 0);
    kept_ = std::exchange(other.kept_, 0);
    filled_ = std::exchange(other.filled_, false);
    return *this;
  }

  /// Room for `count` elements, aligned to kAlignment. It is valid until the innermost open Scope ends, reset() is called or the arena is destroyed.
  /// Throws Error if count is negative or larger than memory can be, std::bad_alloc if there is no memory.
  template <class T>
  T* take(Index count) {
    static_assert(std::is_trivially_destructible_v<T>, "Arena: elements are never destroyed, so they must be trivially destructible");
    static_assert(alignof(T) <= kAlignment, "Arena: elements must not ask for more than kAlignment");
    constexpr Index most = (std::numeric_limits<Index>::max() - static_cast<Index>(kAlignment)) / static_cast<Index>(sizeof(T));
    require(0 <= count && count <= most, "Arena::take: wanted a number of elements from 0 to ", most, ", found ", count);
    const std::size_t bytes = (static_cast<std::size_t>(count) * sizeof(T) + kAlignment - 1) / kAlignment * kAlignment;
    if (place_.block == blocks_.size() || place_.used + bytes > blocks_[place_.block].size()) next_block(bytes);
    std::byte* start = blocks_[place_.block].data() + place_.used;
    place_.used += bytes;
    peak_ = std::max(peak_, in_use());
    return reinterpret_cast<T*>(start);
  }
  /// The same as a span of `count` elements.
  template <class T>
  std::span<T> take_span(Index count) {
    return {take<T>(count), static_cast<std::size_t>(count)};
  }

  /// Room for `count` elements with the values that write(T*) puts there, for pack_weights of layers. In an arena that is filled the values are there, and
  /// `write` is not called. `write` may use the arena within a Scope. Throws as take() and `write` do.
  template <class T, class Write>
  T* keep(Index count, const Write& write) {
    const std::size_t before = in_use();
    T* const values = take<T>(count);
    kept_ += in_use() - before;
    if (!filled_) write(values);
    return values;
  }

  /// When a Scope ends, everything that was taken since it was made is given back. Scopes of one arena end in the reverse order of their making (asserted).
  /// The arena must outlive the Scope.
  class Scope {
   public:
    /// Notes how much is taken from the arena now.
    explicit Scope(Arena& arena) : arena_(arena), place_(arena.place_), number_(++arena.scopes_) {}
    ~Scope() {
      ADATAPE_ASSERT(arena_.scopes_ == number_, "Arena::Scope: ended before a Scope that was made later");
      --arena_.scopes_;
      arena_.place_ = place_;
    }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Arena& arena_;
    Place place_;
    Index number_;
  };

  /// Gives everything back. Called at the start of a step. Throws Error while a Scope is open, std::bad_alloc if merging blocks finds no memory.
  void reset() {
    require(scopes_ == 0, "Arena::reset: wanted an arena without an open Scope, found ", scopes_, " of them");
    place_ = {};
    kept_ = 0;
    if (blocks_.size() > 1) reserve(peak_);
  }
  /// Makes the arena one block of at least that many bytes. A new block has an eighth more. Throws Error while something is taken, std::bad_alloc if there
  /// is no memory.
  void reserve(std::size_t bytes) {
    require(in_use() == 0, "Arena::reserve: wanted an empty arena, found ", in_use(), " bytes taken");
    if (blocks_.size() == 1 ? blocks_[0].size() >= bytes : bytes == 0) return;
    require(!filled_, "Arena::reserve: wanted an arena of its own memory, found one that was made of contents");
    place_ = {};
    blocks_.clear();
    blocks_.emplace_back(bytes + bytes / 8);
  }

  /// The bytes taken now, in the order in which they were taken. Throws Error if they lie in several blocks.
  std::span<const std::byte> contents() const {
    require(place_.below == 0 && place_.block == 0, "Arena::contents: wanted an arena of one block, found ", place_.block + 1);
    return {blocks_.empty() ? nullptr : blocks_[0].data(), place_.used};
  }

  /// Whether `address` lies in memory that the arena holds, taken or not.
  bool holds(const void* address) const {
    const std::less<const void*> before;
    return std::ranges::any_of(blocks_, [&](const Pages& block) { return !before(address, block.data()) && before(address, block.data() + block.size()); });
  }
  std::size_t in_use() const { return place_.below + place_.used; }  ///< bytes taken now
  std::size_t kept() const { return kept_; }                         ///< bytes that keep() took since the last reset()
  bool is_filled() const { return filled_; }                         ///< whether the arena was made of contents
  std::size_t peak() const { return peak_; }                         ///< most bytes ever taken at once
  /// Bytes of all blocks, taken or not.
  std::size_t capacity() const {
    std::size_t total = 0;
    for (const auto& block : blocks_) total += block.size();
    return total;
  }

 private:
  void next_block(std::size_t bytes) {
    constexpr std::size_t smallest_block = std::size_t{1} << 16;
    require(!filled_, "Arena: wanted contents of more than ", capacity(), " bytes");
    if (place_.block < blocks_.size()) {
      place_.below += place_.used;
      ++place_.block;
      place_.used = 0;
    }
    // The blocks after the current one are free. Use the first that is large enough, and drop the smaller ones before it.
    while (place_.block < blocks_.size() && blocks_[place_.block].size() < bytes)
      blocks_.erase(blocks_.begin() + static_cast<std::ptrdiff_t>(place_.block));
    if (place_.block == blocks_.size()) blocks_.emplace_back(std::max({bytes, smallest_block, capacity() / 2}));
  }

  std::vector<Pages> blocks_;
  Place place_;
  std::size_t peak_ = 0, kept_ = 0;
  bool filled_ = false;
  Index scopes_ = 0;  ///< number of open scopes
};

/// The calling thread's arena, for scratch memory inside one operation. Take from it within a Scope. It lives as long as the thread.
inline Arena& thread_arena() {
  thread_local Arena arena;
  return arena;
}

/// If nothing is taken from the calling thread's arena, grows it to the largest peak of any thread's arena that is known. Parallel loops call this function
/// on every thread. So a thread allocates nothing when its first large piece of work comes late: after a few equal passes no thread allocates.
/// Where there is no memory for that, the arena stays small: an operation that really needs the memory throws std::bad_alloc itself.
inline void prepare_thread_arena() noexcept {
  static std::atomic<std::size_t> largest{0};
  Arena& arena = thread_arena();
  std::size_t known = largest.load(std::memory_order_relaxed);
  while (arena.peak() > known && !largest.compare_exchange_weak(known, arena.peak(), std::memory_order_relaxed)) {
  }
  if (arena.in_use() > 0) return;
  try {
    arena.reserve(std::max(known, arena.peak()));
  } catch (const std::bad_alloc&) {
  }
}

}  // namespace adatape
