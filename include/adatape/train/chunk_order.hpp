#pragma once
/// The order in which a backward pass finishes the chunks of the flat gradients, and what watches it.
#include <algorithm>
#include <functional>
#include <limits>
#include <mutex>
#include <numeric>
#include <span>
#include <vector>

#include "adatape/core/context.hpp"
#include "adatape/core/model.hpp"
#include "adatape/train/exchange.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::train {

/// The chunks of Parameters<Model, T>, those that backward finishes first in front. A chunk is finished with the tensor of least depth that has a part of it.
template <class Model, class T>
class ChunkOrder {
 public:
  /// Throws std::bad_alloc where there is no memory.
  ChunkOrder() : depths_(static_cast<std::size_t>(chunks_of(Parameters<Model, T>::flat_size)), std::numeric_limits<int>::max()), chunks_(depths_.size()) {
    for (const LayoutEntry& entry : Parameters<Model, T>::layout())
      for (Index chunk = entry.offset / kExchangeChunk; chunk * kExchangeChunk < entry.offset + entry.size; ++chunk) {
        int& depth = depths_[static_cast<std::size_t>(chunk)];
        depth = std::min(depth, depth_of<Model>(entry));
      }
    std::iota(chunks_.begin(), chunks_.end(), Index{0});
    std::ranges::stable_sort(chunks_, std::ranges::greater{}, [&](Index chunk) { return depths_[static_cast<std::size_t>(chunk)]; });
  }

  /// The numbers of all chunks. Valid as long as this object.
  std::span<const Index> chunks() const { return chunks_; }
  /// How many chunks, from the front, are finished when all tensors of at least this depth are.
  Index finished_at(int depth) const {
    const auto unfinished = std::ranges::partition_point(chunks_, [&](Index chunk) { return depths_[static_cast<std::size_t>(chunk)] >= depth; });
    return unfinished - chunks_.begin();
  }

 private:
  std::vector<int> depths_;  ///< [chunks] least depth of a tensor in it
  std::vector<Index> chunks_;
};

/// Watches the passes of several leaves that run at the same time. take(first, end) is called when all of them have finished the chunks at [first, end) of a
/// ChunkOrder, by the thread whose pass finished them last. It is never called by two threads at once, and it is told of every chunk once, in order.
class LeafWatch {
 public:
  /// Of `leaves` passes. The order must outlive this object, and so must all that `take` refers to.
  template <class Order, class Take>
  LeafWatch(const Order& order, Index leaves, const Take& take)
      : all_(std::ssize(order.chunks())),
        finished_at_([&order](int depth) { return order.finished_at(depth); }),
        take_(take),
        watches_(static_cast<std::size_t>(leaves)) {
    for (Watch& watch : watches_) watch.all = this;
  }
  LeafWatch(const LeafWatch&) = delete;
  LeafWatch& operator=(const LeafWatch&) = delete;

  /// For the context of the last part of leaf i. Valid as long as this object.
  BackwardWatch* watch(Index i) { return &watches_[static_cast<std::size_t>(i)]; }
  /// Takes the chunks that are left. To be called when all passes have come to their ends.
  void finish() { take_until(all_); }

 private:
  struct Watch final : BackwardWatch {
    LeafWatch* all = nullptr;
    int depth = std::numeric_limits<int>::max();
    void finished(int to) override {
      const std::scoped_lock lock(all->mutex_);
      depth = to;
      all->take_until(all->finished_at_(std::ranges::max_element(all->watches_, {}, &Watch::depth)->depth));
    }
  };

  void take_until(Index count) {
    if (count <= next_) return;
    take_(next_, count);
    next_ = count;
  }

  Index all_;
  std::function<Index(int)> finished_at_;
  std::function<void(Index, Index)> take_;
  std::vector<Watch> watches_;
  std::mutex mutex_;
  Index next_ = 0;
};

}  // namespace adatape::train
