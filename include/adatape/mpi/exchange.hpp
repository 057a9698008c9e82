#pragma once
/// The exchange of Trainer (train/exchange.hpp) between the processes of a run of MPI.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <vector>

#include "adatape/mpi/background.hpp"
#include "adatape/mpi/collective.hpp"
#include "adatape/mpi/session.hpp"
#include "adatape/train/leaf_deal.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::mpi {

/// How an Exchange works.
struct ExchangeOptions {
  bool overlap = true;  ///< whether gradients travel while the last leaves of a process go backward
  bool deal = true;     ///< whether leaves are dealt out anew by the time that they took (train/leaf_deal.hpp)
  /// The run ends with a line where a process waits so long for others without progress (mpi/watch.hpp); 0: it waits for ever.
  std::chrono::seconds limit{0};
};

/// Gradients travel from process to process. Each process gets all blocks of its own chunks, and adds them in the order of the leaves. (MPI_Allreduce adds in
/// an order that depends on the number of processes.) Neither overlap nor deal changes bits.
///
/// An error inside MPI ends the run, all processes. A process that has ended does so too. A step that throws in the middle cannot be repeated: the next one
/// throws Error. The other processes wait for its gradients, so what it throws should leave the function that run() calls: that ends them too.
class Exchange {
 public:
  /// Of a session, which must outlive it. All processes make one together. Throws std::system_error where no thread can be started.
  explicit Exchange(const Session& session, const ExchangeOptions& options = {})
      : process_(session.process()),
        processes_(session.processes()),
        options_(options),
        deal_(session.processes()),
        watch_(session, options.limit),
        background_(std::make_unique<Background>(process_, processes_, options.overlap && processes_ > 1)) {}

  Index process() const { return process_; }
  Index processes() const { return processes_; }
  /// The leaves that this process should compute, as train::Exchange asks. Throws Error unless there is a leaf for every process.
  train::Share leaves(Index count) const {
    require(count >= processes_, "MPI: wanted at least as many leaves of a batch as processes, ", processes_, ", found ", count);
    return deal_.share(count, process_);
  }
  Index sum(Index number) const { return reduce(watch_, "a number", number, MPI_SUM); }
  void begin_batch(train::Share mine, Index count) {
    const std::int64_t own[2] = {mine.first, mine.end};
    shares_.resize(static_cast<std::size_t>(2 * processes_));
    complete(watch_, "leaves", [&](MPI_Request* request) { MPI_Iallgather(own, 2, MPI_INT64_T, shares_.data(), 2, MPI_INT64_T, MPI_COMM_WORLD, request); });
    cuts_.assign(1, 0);
    for (std::size_t p = 0; p < shares_.size() / 2; ++p) {
      require(shares_[2 * p] == cuts_[p] && shares_[2 * p + 1] > cuts_[p], "training batch: wanted leaves of process ", p, " from ", cuts_[p], " on, found ",
              shares_[2 * p], " to ", shares_[2 * p + 1] - 1);
      cuts_.push_back(static_cast<Index>(shares_[2 * p + 1]));
    }
    require(cuts_.back() == count, "training batch: wanted ", count, " leaves in all processes together, found ", cuts_.back());
    background_->reduction().set_leaves(cuts_);
  }

  /// Gives all results to all processes, as train::Exchange asks. Every few calls deal the leaves out anew, by the seconds in the results.
  void gather_leaves(std::span<train::LeafResult> results) {
    gather(watch_, "values of each process", results.data(), sizeof(train::LeafResult), cuts_);
    if (!options_.deal) return;
    deal_.measure(results);
    if (deal_.due()) deal_.deal(block_seconds());
  }
  template <class V>
  void gather_chunks(std::span<V> values, Index chunk) {
    const Index size = std::ssize(values), rows = size / (chunk * processes_), gathered = rows * chunk * processes_;
    if (rows > 0) {  // row r has chunk r processes + p for every process p
      MPI_Datatype bytes, column, chunks;
      MPI_Type_contiguous(static_cast<int>(static_cast<std::size_t>(chunk) * sizeof(V)), MPI_BYTE, &bytes);
      MPI_Type_vector(static_cast<int>(rows), 1, static_cast<int>(processes_), bytes, &column);
      MPI_Type_create_resized(column, 0, static_cast<MPI_Aint>(static_cast<std::size_t>(chunk) * sizeof(V)), &chunks);
      MPI_Type_commit(&chunks);
      complete(watch_, "parameters",
               [&](MPI_Request* request) { MPI_Iallgather(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, values.data(), 1, chunks, MPI_COMM_WORLD, request); });
      for (MPI_Datatype* type : {&bytes, &column, &chunks}) MPI_Type_free(type);
    }
    if (gathered == size) return;
    std::vector<Index> cuts;  // of the last row, which has fewer or shorter chunks
    for (Index p = 0; p <= processes_; ++p) cuts.push_back(std::min(size - gathered, p * chunk));
    gather(watch_, "values of each process", values.data() + gathered, sizeof(V), cuts);
  }

  template <class T>
  void begin_sum(std::span<const train::LeafBlock<std::span<T>>> mine, std::span<const Index> order) {
    chunks_ = std::ssize(order);
    blocks_ = std::ssize(mine);
    background_->begin(mine, order);
  }
  void ready(Index count) {
    if (options_.overlap) background_->ready(count);
  }
  void finish_sum() {
    const auto start = std::chrono::steady_clock::now();
    background_->finish(chunks_, watch_);
    waited_ = std::min(waited_, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() / static_cast<double>(blocks_));
  }

 private:
  /// What the transfer of a block costs, since the last call: the process that came last to finish_sum() has waited for nothing else.
  double block_seconds() {
    double least = 0;
    complete(watch_, "a time", [&](MPI_Request* request) { MPI_Iallreduce(&waited_, &least, 1, MPI_DOUBLE, MPI_MIN, MPI_COMM_WORLD, request); });
    waited_ = std::numeric_limits<double>::infinity();
    return least;
  }

  Index process_, processes_;
  ExchangeOptions options_;
  train::LeafDeal deal_;
  Watch watch_;
  std::vector<std::int64_t> shares_;                         ///< [processes, 2] first and end
  train::LeafCuts cuts_;                                     ///< of the batch
  Index chunks_ = 0, blocks_ = 0;                            ///< of the sum
  double waited_ = std::numeric_limits<double>::infinity();  ///< least seconds of finish_sum() for a block
  std::unique_ptr<Background> background_;
};

}  // namespace adatape::mpi
