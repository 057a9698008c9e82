#pragma once
/// Batches cut into the parts that are in memory at once.
#include "adatape/data/sampler.hpp"

namespace adatape::examples {

/// A Sampler (adatape/data/loader.hpp) of parts: each batch of a ShufflingSampler in parts of part_size samples, the last of which may be smaller. A part is
/// never of two batches.
class PartSampler {
 public:
  /// Throws Error as ShufflingSampler does, and unless 1 <= part_size <= batch_size.
  PartSampler(Index count, Index batch_size, Index part_size, std::uint64_t seed, data::LastBatch last)
      : batches_(count, batch_size, seed, last), count_(count), batch_size_(batch_size), part_size_(part_size) {
    require(1 <= part_size && part_size <= batch_size, "sampler: wanted parts of 1 to ", batch_size, " samples, found ", part_size);
  }

  Index batches_per_epoch() const { return batches_.batches_per_epoch(); }
  /// Parts of batch number `batch` of an epoch.
  Index parts_of(Index batch) const { return (std::min(batch_size_, count_ - batch * batch_size_) + part_size_ - 1) / part_size_; }
  /// Samples of part number `position` of an epoch.
  Index size_of(Index position) const {
    const Index batch = position / parts_of_whole(), before = position % parts_of_whole() * part_size_;
    return std::min({part_size_, batch_size_ - before, count_ - batch * batch_size_ - before});
  }
  /// Samples of the smallest part of an epoch.
  Index smallest_part() const {
    const Index last = batches_per_epoch() - 1;
    return std::min(size_of(parts_of(0) - 1), size_of(last * parts_of_whole() + parts_of(last) - 1));
  }
  /// Samples of an epoch.
  Index samples_per_epoch() const { return std::min(count_, batches_per_epoch() * batch_size_); }

  Index epoch() const { return batches_.epoch(); }  ///< of the part that next() returned last
  Index position() const { return parts_; }         ///< parts of that epoch that next() has returned

  /// The next part, of at most part_size samples. A view, valid until the next call of next or seek.
  std::span<const Index> next() {
    if (rest_.empty()) {
      const Index before = batches_.epoch();
      rest_ = batches_.next();
      if (batches_.epoch() != before) parts_ = 0;
    }
    const auto part = rest_.first(std::min(rest_.size(), static_cast<std::size_t>(part_size_)));
    rest_ = rest_.subspan(part.size());
    ++parts_;
    return part;
  }

  /// Makes the first part of batch `batch` of `epoch` the next one. Throws Error as ShufflingSampler::seek does.
  void seek(Index epoch, Index batch) {
    batches_.seek(epoch, batch);
    rest_ = {};
    parts_ = batch * parts_of_whole();  // no batch before the last is shorter
  }

 private:
  /// Parts of a batch of batch_size.
  Index parts_of_whole() const { return (batch_size_ + part_size_ - 1) / part_size_; }

  data::ShufflingSampler batches_;
  Index count_, batch_size_, part_size_;
  std::span<const Index> rest_;  ///< of the batch, which batches_ holds
  Index parts_ = 0;
};

}  // namespace adatape::examples
