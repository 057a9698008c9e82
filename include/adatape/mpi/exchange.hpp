#pragma once
/// The exchange of Trainer (train/exchange.hpp) between the processes of a run of MPI.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "adatape/mpi/session.hpp"
#include "adatape/ops/sums.hpp"
#include "adatape/train/exchange.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::mpi {

/// Processes get nearly equal shares of the leaves of a batch and of the chunks of flat buffers. Gradients travel from process to process. Each process gets
/// all blocks of its own chunks, and adds them in the order of the leaves. (MPI_Allreduce adds in an order that depends on the number of processes.)
///
/// An error inside MPI ends the run, all processes. A process that has ended does so too.
class Exchange {
 public:
  /// Of a session, which must outlive it.
  explicit Exchange(const Session& session) : process_(session.process()), processes_(session.processes()) {}

  Index process() const { return process_; }
  Index processes() const { return processes_; }
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
    const Index size = std::ssize(values), count = train::chunks_of(size, chunk);
    std::vector<int> counts(static_cast<std::size_t>(processes_)), firsts(counts.size());
    for (Index p = 0; p < processes_; ++p) {
      const auto theirs = train::values_in(train::share_of(count, p, processes_), size, chunk);
      firsts[static_cast<std::size_t>(p)] = static_cast<int>(theirs.first);
      counts[static_cast<std::size_t>(p)] = static_cast<int>(theirs.size());
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
    find_blocks();
    const Index size = std::ssize(mine[0].value);
    Index pieces = 0;
    for (Index p = 0; p < processes_; ++p)
      pieces = std::max(pieces, train::chunks_of(train::share_of(train::chunks_of(size), p, processes_).size(), kPiece));
    for (Index piece = 0; piece < pieces; ++piece) add_piece(mine, piece, size);
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
  train::Share values_of(Index p, Index piece, Index size) const {
    const auto share = train::share_of(train::chunks_of(size), p, processes_);
    const Index first = std::min(share.end, share.first + piece * kPiece);
    return train::values_in({first, std::min(share.end, first + kPiece)}, size);
  }

  template <class T>
  void add_piece(std::span<const train::LeafBlock<std::span<T>>> mine, Index piece, Index size) {
    const auto own = values_of(process_, piece, size);
    receive_blocks(mine, own);
    for (Index p = 0; p < processes_; ++p) {
      const auto theirs = values_of(p, piece, size);
      if (p == process_ || theirs.size() == 0) continue;
      for (const auto& block : mine)
        MPI_Isend(block.value.data() + theirs.first, bytes<T>(theirs), MPI_BYTE, static_cast<int>(p), 0, MPI_COMM_WORLD, &requests_.emplace_back());
    }
    MPI_Waitall(static_cast<int>(requests_.size()), requests_.data(), MPI_STATUSES_IGNORE);
    const auto add = [&](std::byte* to, std::byte* from) { ops::add(reinterpret_cast<const T*>(from), own.size(), reinterpret_cast<T*>(to)); };
    sum_.clear();
    for (const auto& block : pieces_) sum_.take(block, add);
    sum_.finish(add);
    const T* const result = reinterpret_cast<const T*>(sum_.blocks()[0].value);
    T* const to = mine[0].value.data() + own.first;
    if (result != to) std::copy_n(result, own.size(), to);
  }

  /// Starts to receive the blocks of other processes, and makes pieces_: the own chunks of all blocks, in the order of their leaves.
  template <class T>
  void receive_blocks(std::span<const train::LeafBlock<std::span<T>>> mine, train::Share own) {
    const auto size = static_cast<std::size_t>(bytes<T>(own));
    if (const auto wanted = (blocks_.size() - mine.size()) * size; received_.size() < wanted) received_.resize(wanted);
    std::byte* room = received_.data();
    requests_.clear();
    pieces_.clear();
    std::size_t next = 0;
    for (const Block& block : blocks_) {
      if (block.process == process_) {
        pieces_.push_back({block.first, block.leaves, reinterpret_cast<std::byte*>(mine[next++].value.data() + own.first)});
        continue;
      }
      if (size > 0) MPI_Irecv(room, static_cast<int>(size), MPI_BYTE, static_cast<int>(block.process), 0, MPI_COMM_WORLD, &requests_.emplace_back());
      pieces_.push_back({block.first, block.leaves, room});
      room += size;
    }
  }
  template <class T>
  static int bytes(train::Share values) {
    return static_cast<int>(static_cast<std::size_t>(values.size()) * sizeof(T));
  }

  Index process_, processes_, leaves_ = 0, known_leaves_ = 0;
  std::vector<Block> blocks_;  ///< of all processes, in the order of their leaves
  // Of the piece that travels. They are kept for the next one.
  std::vector<std::byte> received_;
  std::vector<MPI_Request> requests_;
  std::vector<train::LeafBlock<std::byte*>> pieces_;
  train::PairwiseSum<std::byte*> sum_;
};

}  // namespace adatape::mpi
