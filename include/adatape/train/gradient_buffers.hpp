#pragma once
/// Buffers of gradients, and additions between them that wait until somebody needs a result.
#include <deque>
#include <vector>

#include "adatape/core/parallel.hpp"
#include "adatape/core/parameters.hpp"
#include "adatape/ops/sums.hpp"
#include "adatape/train/exchange.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::train {

/// Additions that wait can run beside the next pass over the gradients, chunk by chunk, so buffers come into the cache once. A buffer stays where it is as long
/// as this object.
template <class Model, class T>
class GradientBuffers {
 public:
  using Buffer = Parameters<Model, T>;  ///< a gradient for every parameter

  /// A buffer that nobody uses, of any values. Where there is none, additions that wait are done first, because they free buffers. Throws std::bad_alloc where
  /// there is no memory.
  Buffer* take() {
    if (free_.empty()) add();
    if (free_.empty()) free_.push_back(&buffers_.emplace_back());
    Buffer* const buffer = free_.back();
    free_.pop_back();
    return buffer;
  }
  /// take() may give the buffer out again.
  void release(Buffer* buffer) { free_.push_back(buffer); }
  /// Releases all buffers, and forgets what waits.
  void release_all() {
    waiting_.clear();
    free_.clear();
    for (Buffer& buffer : buffers_) free_.push_back(&buffer);
  }

  /// to += from, behind the additions that wait already. Releases `from` then.
  void add_later(Buffer* to, Buffer* from) { waiting_.push_back({to, from}); }
  /// Makes the additions that wait, for the values [begin, end).
  void add(Index begin, Index end) const {
    for (const Addition& addition : waiting_) ops::add(addition.from->flat().data() + begin, end - begin, addition.to->flat().data() + begin);
  }
  /// Makes the additions that wait, for all values, and releases their buffers.
  void add() {
    if (waiting_.empty()) return;
    parallel_chunks(Buffer::flat_size, kExchangeChunk, [&](Index begin, Index end) { add(begin, end); });
    end_additions();
  }
  /// Forgets the additions that wait, and releases their buffers. To be called behind add(begin, end) of all values that count.
  void end_additions() {
    for (const Addition& addition : waiting_) free_.push_back(addition.from);
    waiting_.clear();
  }

 private:
  struct Addition {
    Buffer *to, *from;
  };

  std::deque<Buffer> buffers_;
  std::vector<Buffer*> free_;
  std::vector<Addition> waiting_;
};

}  // namespace adatape::train
