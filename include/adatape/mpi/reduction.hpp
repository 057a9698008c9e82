#pragma once
/// One sum of gradients over the processes of a run, which moves on a little with every call.
#include <mpi.h>

#include <algorithm>
#include <cstddef>
#include <set>
#include <span>
#include <vector>

#include "adatape/ops/sums.hpp"
#include "adatape/train/exchange.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::mpi {

/// Sends the chunks of this process's blocks to the processes that own them, gets the chunks that this process owns of all other blocks, and adds the blocks of
/// a chunk in the order of their leaves (train::PairwiseSum). Chunks travel in one order that all processes know, at most kAtOnce own ones at a time. One
/// thread at a time may call the members.
class Reduction {
 public:
  /// Of process number `process`, from 0, in a run of `processes`.
  Reduction(Index process, Index processes) : process_(process), processes_(processes), slots_(kAtOnce) {}

  /// The leaves of all processes: process p computes [cuts[p], cuts[p + 1]).
  void set_leaves(std::span<const Index> cuts) {
    if (std::ranges::equal(cuts, cuts_)) return;
    cuts_.assign(cuts.begin(), cuts.end());
    blocks_.clear();
    for (Index p = 0; p < processes_; ++p) {
      train::PairwiseSum<char> sum;
      for (Index leaf = cuts_[static_cast<std::size_t>(p)]; leaf < cuts_[static_cast<std::size_t>(p + 1)]; ++leaf) sum.take({leaf, 1, {}}, [](char, char) {});
      for (const auto& block : sum.blocks()) blocks_.push_back({p, block.first, block.leaves});
    }
  }

  /// See train::Exchange. No sum is under way.
  template <class T>
  void begin(std::span<const train::LeafBlock<std::span<T>>> mine, std::span<const Index> order) {
    order_ = order;
    value_size_ = sizeof(T);
    size_ = std::ssize(mine[0].value);
    add_ = [](std::byte* to, const std::byte* from, Index count) { ops::scalar::add(reinterpret_cast<const T*>(from), count, reinterpret_cast<T*>(to)); };
    mine_.clear();
    for (const auto& block : mine) mine_.push_back(reinterpret_cast<std::byte*>(block.value.data()));
    own_.clear();
    for (Index i = 0; i < std::ssize(order_); ++i)
      if (train::owner_of(order_[static_cast<std::size_t>(i)], processes_) == process_) own_.push_back(i);
    const std::size_t room = (blocks_.size() - mine_.size()) * static_cast<std::size_t>(train::kExchangeChunk) * value_size_;
    for (Slot& slot : slots_)
      if (slot.received.size() < room) slot.received.resize(room);
    sends_.clear();
    sent_to_.clear();
    sent_ = posted_ = added_ = 0;
  }

  /// Does what can be done without waiting. The first `ready` chunks of the order are final here. Returns whether the sum is finished.
  bool advance(Index ready) {
    for (; posted_ < std::ssize(own_) && posted_ - added_ < kAtOnce; ++posted_) receive(posted_);
    for (; sent_ < ready; ++sent_) send(order_[static_cast<std::size_t>(sent_)]);
    while (added_ < posted_ && own_[static_cast<std::size_t>(added_)] < ready && complete(slots_[static_cast<std::size_t>(added_ % kAtOnce)].requests)) {
      add(added_++);
      if (posted_ < std::ssize(own_)) receive(posted_++);
    }
    return complete(sends_) && added_ == std::ssize(own_) && sent_ == std::ssize(order_);
  }

  /// Chunks that were sent, and own chunks that are added.
  Index progress() const { return sent_ + added_; }
  /// Processes of which a part of the next own chunk is missing, or which have not taken what was sent to them.
  std::set<int> awaited() const {
    std::set<int> processes;
    const auto is_open = [](MPI_Request request) {
      int complete = 0;
      MPI_Request_get_status(request, &complete, MPI_STATUS_IGNORE);
      return complete == 0;
    };
    if (added_ < posted_) {
      std::size_t next = 0;
      const auto& requests = slots_[static_cast<std::size_t>(added_ % kAtOnce)].requests;
      for (const Block& block : blocks_)
        if (block.process != process_ && is_open(requests[next++])) processes.insert(static_cast<int>(block.process));
    }
    for (std::size_t i = 0; i < sends_.size(); ++i)
      if (is_open(sends_[i])) processes.insert(sent_to_[i]);
    return processes;
  }

 private:
  static constexpr Index kAtOnce = 8;

  /// A block of another process, or of this one.
  struct Block {
    Index process, first, leaves;
  };
  /// What comes from other processes for one chunk.
  struct Slot {
    std::vector<std::byte> received;  ///< [blocks of other processes][kExchangeChunk]
    std::vector<MPI_Request> requests;
  };

  std::size_t bytes(train::Share values) const { return static_cast<std::size_t>(values.size()) * value_size_; }
  train::Share values_of(Index own) const { return train::values_in(order_[static_cast<std::size_t>(own_[static_cast<std::size_t>(own)])], size_); }

  void receive(Index own) {
    Slot& slot = slots_[static_cast<std::size_t>(own % kAtOnce)];
    const std::size_t size = bytes(values_of(own));
    std::byte* room = slot.received.data();
    slot.requests.clear();
    for (const Block& block : blocks_) {
      if (block.process == process_) continue;
      MPI_Irecv(room, static_cast<int>(size), MPI_BYTE, static_cast<int>(block.process), 0, MPI_COMM_WORLD, &slot.requests.emplace_back());
      room += size;
    }
  }
  void send(Index chunk) {
    const Index owner = train::owner_of(chunk, processes_);
    if (owner == process_) return;
    const auto values = train::values_in(chunk, size_);
    for (std::byte* const block : mine_) {
      const std::byte* const from = block + static_cast<std::size_t>(values.first) * value_size_;
      sent_to_.push_back(static_cast<int>(owner));
      MPI_Isend(from, static_cast<int>(bytes(values)), MPI_BYTE, sent_to_.back(), 0, MPI_COMM_WORLD, &sends_.emplace_back());
    }
  }
  static bool complete(std::vector<MPI_Request>& requests) {
    int done = 0;
    MPI_Testall(static_cast<int>(requests.size()), requests.data(), &done, MPI_STATUSES_IGNORE);
    return done != 0;
  }

  /// Adds the blocks of a chunk, whose sum ends in the first block of this process.
  void add(Index own) {
    const auto values = values_of(own);
    const std::size_t size = bytes(values), at = static_cast<std::size_t>(values.first) * value_size_;
    std::byte* room = slots_[static_cast<std::size_t>(own % kAtOnce)].received.data();
    std::size_t next = 0;
    const auto add = [&](std::byte* to, const std::byte* from) { add_(to, from, values.size()); };
    sum_.clear();
    for (const Block& block : blocks_) {
      const bool here = block.process == process_;
      sum_.take({block.first, block.leaves, here ? mine_[next++] + at : room}, add);
      if (!here) room += size;
    }
    sum_.finish(add);
    if (const std::byte* const result = sum_.blocks()[0].value; result != mine_[0] + at) std::copy_n(result, size, mine_[0] + at);
  }

  Index process_, processes_;
  std::vector<Index> cuts_;
  std::vector<Block> blocks_;  ///< of all processes, in the order of their leaves

  // The sum that is under way.
  std::span<const Index> order_;
  std::size_t value_size_ = 0;  ///< bytes of a value
  Index size_ = 0;              ///< values of a block
  void (*add_)(std::byte* to, const std::byte* from, Index count) = nullptr;
  std::vector<std::byte*> mine_;             ///< blocks of this process
  std::vector<Index> own_;                   ///< places in order_ of the chunks that this process owns
  Index sent_ = 0, posted_ = 0, added_ = 0;  ///< chunks of order_ that were sent, own chunks that are awaited, own chunks that are added

  std::vector<Slot> slots_;
  std::vector<MPI_Request> sends_;
  std::vector<int> sent_to_;  ///< processes of sends_
  train::PairwiseSum<std::byte*> sum_;
};

}  // namespace adatape::mpi
