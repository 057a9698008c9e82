#pragma once
/// The order of the samples of a training run.
#include <algorithm>
#include <numeric>
#include <span>
#include <vector>

#include "adatape/core/error.hpp"
#include "adatape/core/random.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::data {

/// What becomes of the samples that do not fill the last batch of an epoch.
enum class LastBatch : std::uint8_t { keep, drop };

/// Batches of sample numbers from 0 to count - 1, in a new random order every epoch. The order is a function of (seed, epoch). So a run is resumed with
/// epoch(), position() and seek().
class ShufflingSampler {
 public:
  /// Throws Error unless count and batch_size are at least 1 and an epoch has at least one batch. Throws std::bad_alloc where there is no memory.
  ShufflingSampler(Index count, Index batch_size, std::uint64_t seed, LastBatch last = LastBatch::keep)
      : count_(count), batch_size_(std::min(batch_size, count)), seed_(seed), last_(last), order_(static_cast<std::size_t>(std::max<Index>(count, 0))) {
    require(count > 0, "sampler: wanted at least 1 sample, found ", count);
    require(batch_size > 0, "sampler: wanted a batch size of at least 1, found ", batch_size);
    require(last == LastBatch::keep || count >= batch_size, "sampler: ", count, " samples do not fill a batch of ", batch_size);
    start_epoch(0);
  }

  /// Batches of an epoch: count / batch_size, rounded up (keep) or down (drop).
  Index batches_per_epoch() const { return last_ == LastBatch::keep ? divide_up(count_, batch_size_) : count_ / batch_size_; }
  Index epoch() const { return epoch_; }        ///< of the next batch, from 0
  Index position() const { return position_; }  ///< of the next batch in its epoch, in batches from 0

  /// The next batch [batch_size] (the last one of an epoch can be shorter). A view, valid until the next call of next or seek.
  std::span<const Index> next() {
    if (position_ == batches_per_epoch()) start_epoch(epoch_ + 1);
    const Index begin = position_++ * batch_size_;
    return std::span<const Index>(order_).subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(std::min(batch_size_, count_ - begin)));
  }

  /// Makes batch `position` of `epoch` the next batch. position = batches_per_epoch() is the start of the epoch after it. Throws Error unless epoch >= 0 and
  /// 0 <= position <= batches_per_epoch().
  void seek(Index epoch, Index position) {
    require(epoch >= 0 && position >= 0 && position <= batches_per_epoch(), "sampler: no batch ", position, " in epoch ", epoch, ", which has ",
            batches_per_epoch());
    start_epoch(epoch);
    position_ = position;
  }

 private:
  void start_epoch(Index epoch) {
    std::iota(order_.begin(), order_.end(), Index{0});
    shuffle(std::span(order_), Stream(seed_, Purpose::shuffle, static_cast<std::uint64_t>(epoch)));
    epoch_ = epoch;
    position_ = 0;
  }

  Index count_, batch_size_;
  std::uint64_t seed_;
  LastBatch last_;
  std::vector<Index> order_;
  Index epoch_ = 0, position_ = 0;
};

/// Batches of the sample numbers 0 to count - 1, in this order, once. For tests of a model.
class OrderedSampler {
 public:
  /// Throws Error unless count and batch_size are at least 1. Throws std::bad_alloc where there is no memory.
  OrderedSampler(Index count, Index batch_size) : batch_size_(std::min(batch_size, count)), order_(static_cast<std::size_t>(std::max<Index>(count, 0))) {
    require(count > 0, "sampler: wanted at least 1 sample, found ", count);
    require(batch_size > 0, "sampler: wanted a batch size of at least 1, found ", batch_size);
    std::iota(order_.begin(), order_.end(), Index{0});
  }

  Index epoch() const { return 0; }             ///< always 0: each sample comes once
  Index position() const { return position_; }  ///< of the next batch, in batches from 0

  /// The next batch [batch_size]. The last one can be shorter, and those after it are empty. A view, valid as long as this object.
  std::span<const Index> next() {
    const Index begin = std::min(position_ * batch_size_, std::ssize(order_));
    const auto batch = std::span<const Index>(order_).subspan(static_cast<std::size_t>(begin));
    if (!batch.empty()) ++position_;
    return batch.first(std::min(batch.size(), static_cast<std::size_t>(batch_size_)));
  }

 private:
  Index batch_size_;
  std::vector<Index> order_;
  Index position_ = 0;
};

}  // namespace adatape::data
