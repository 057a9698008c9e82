#pragma once
/// The exchange of Trainer (train/exchange.hpp) between the processes of a run of MPI.
#include <algorithm>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include "adatape/core/aligned.hpp"
#include "adatape/mpi/session.hpp"
#include "adatape/ops/sums.hpp"
#include "adatape/train/exchange.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::mpi {

/// Processes get nearly equal shares of the leaves of a batch and of the chunks of flat buffers. Gradients travel from process to process, so that each gets all
/// blocks of its own chunks and adds them in the order of the leaves: MPI_Allreduce would add in an order that depends on the number of processes.
///
/// An error inside MPI ends the run, all processes. A process that has ended does so too.
class Exchange {
 public:
  /// Of a session, which must outlive it.
  explicit Exchange(const Session& session) : process_(session.process()), processes_(session.processes()) {}

  /// Throws Error unless there is a leaf for every process.
  train::Share leaves(Index count) {
    require(count >= processes_, "MPI: wanted at least as many leaves of a batch as processes, ", processes_, ", found ", count);
    leaves_ = count;
    return train::share_of(count, process_, processes_);
  }
  train::Share chunks(Index count) const { return train::share_of(count, process_, processes_); }
  Index sum(Index number) const {
    std::int64_t value = number, result = 0;
    MPI_Allreduce(&value, &result, 1, MPI_INT64_T, MPI_SUM, MPI_COMM_WORLD);
    return static_cast<Index>(result);
  }

  template <class V>
  void gather_leaves(std::span<V> values) {
    gather_chunks(values, Index{1});
  }
  template <class V>
  void gather_chunks(std::span<V> values, Index chunk) {
    if (processes_ == 1) return;
    const Index size = std::ssize(values), count = (size + chunk - 1) / chunk;
    std::vector<int> counts(static_cast<std::size_t>(processes_)), firsts(counts.size());
    for (Index p = 0; p < processes_; ++p) {
      const auto share = train::share_of(count, p, processes_);
      const Index first = std::min(size, share.first * chunk), end = std::min(size, share.end * chunk);
      firsts[static_cast<std::size_t>(p)] = static_cast<int>(first);
      counts[static_cast<std::size_t>(p)] = static_cast<int>(end - first);
    }
    MPI_Datatype of_value;
    MPI_Type_contiguous(static_cast<int>(sizeof(V)), MPI_BYTE, &of_value);
    MPI_Type_commit(&of_value);
    MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, values.data(), counts.data(), firsts.data(), of_value, MPI_COMM_WORLD);
    MPI_Type_free(&of_value);
  }

  /// In pieces of kPiece chunks, so that little memory is needed beside the gradients: kPiece chunks for each block of the other processes.
  template <class T>
  void add_blocks(std::span<const train::LeafBlock<std::span<T>>> mine) {
    if (processes_ == 1 && mine.size() == 1) return;
    find_blocks();
    const Index size = std::ssize(mine[0].value), count = (size + train::kExchangeChunk - 1) / train::kExchangeChunk;
    Index pieces = 0;
    for (Index p = 0; p < processes_; ++p) pieces = std::max(pieces, (train::share_of(count, p, processes_).size() + kPiece - 1) / kPiece);
    for (Index piece = 0; piece < pieces; ++piece) add_piece(mine, piece, size, count);
  }

 private:
  static constexpr Index kPiece = 8;

  /// A block of another process, or of this one.
  struct Block {
    Index process, first, leaves;
  };

  /// What blocks every process has follows from the number of leaves.
  void find_blocks() {
    if (leaves_ == known_leaves_) return;
    blocks_.clear();
    for (Index p = 0; p < processes_; ++p) {
      train::PairwiseSum<char> sum;
      const auto share = train::share_of(leaves_, p, processes_);
      for (Index leaf = share.first; leaf < share.end; ++leaf) sum.take({leaf, 1, {}}, [](char, char) {});
      for (const auto& block : sum.blocks()) blocks_.push_back({p, block.first, block.leaves});
    }
    known_leaves_ = leaves_;
  }

  /// Values [first, end) of flat buffers of `size`: the piece of the chunks that process p owns.
  static train::Share values_of(Index p, Index processes, Index piece, Index size, Index count) {
    const auto share = train::share_of(count, p, processes);
    const Index first = std::min(share.end, share.first + piece * kPiece), end = std::min(share.end, first + kPiece);
    return {std::min(size, first * train::kExchangeChunk), std::min(size, end * train::kExchangeChunk)};
  }

  template <class T>
  void add_piece(std::span<const train::LeafBlock<std::span<T>>> mine, Index piece, Index size, Index count) {
    const auto own = values_of(process_, processes_, piece, size, count);
    const auto bytes = static_cast<std::size_t>(own.size()) * sizeof(T);
    const Index others = std::ssize(blocks_) - std::ssize(mine);
    if (received_.size() < static_cast<std::size_t>(others) * bytes) received_.resize(static_cast<std::size_t>(others) * bytes);
    requests_.clear();
    std::byte* room = received_.data();
    const auto transfer = [&](auto start, auto* values, Index number, Index process) {
      if (number > 0) start(values, static_cast<int>(static_cast<std::size_t>(number) * sizeof(T)), MPI_BYTE, static_cast<int>(process), 0, MPI_COMM_WORLD, &requests_.emplace_back());
    };
    train::PairwiseSum<T*> sum;
    std::size_t next_mine = 0;
    std::vector<train::LeafBlock<T*>> in_order;
    for (const Block& block : blocks_) {
      if (block.process == process_) {
        in_order.push_back({block.first, block.leaves, mine[next_mine++].value.data() + own.first});
        continue;
      }
      transfer(MPI_Irecv, room, own.size(), block.process);
      in_order.push_back({block.first, block.leaves, reinterpret_cast<T*>(room)});
      room += bytes;
    }
    for (Index p = 0; p < processes_; ++p) {
      if (p == process_) continue;
      const auto theirs = values_of(p, processes_, piece, size, count);
      for (const auto& block : mine) transfer(MPI_Isend, block.value.data() + theirs.first, theirs.size(), p);
    }
    MPI_Waitall(static_cast<int>(requests_.size()), requests_.data(), MPI_STATUSES_IGNORE);
    const auto add = [&](T* to, T* from) { ops::add(from, own.size(), to); };
    for (const auto& block : in_order) sum.take(block, add);
    sum.finish(add);
    T* const result = sum.blocks()[0].value;
    if (result != mine[0].value.data() + own.first) std::copy_n(result, own.size(), mine[0].value.data() + own.first);
  }

  Index process_, processes_, leaves_ = 0, known_leaves_ = 0;
  std::vector<Block> blocks_;         ///< of all processes, in the order of their leaves
  std::vector<std::byte> received_;   ///< kept for the next piece
  std::vector<MPI_Request> requests_;
};

}  // namespace adatape::mpi
