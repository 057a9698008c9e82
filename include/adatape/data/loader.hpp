#pragma once
/// Batches of a data set, decoded and transformed by threads ahead of their use.
#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <unordered_set>

#include "adatape/core/random.hpp"
#include "adatape/data/dataset.hpp"
#include "adatape/data/loader_queue.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::data {

/// What gives a loader its batches, such as ShufflingSampler and OrderedSampler. next() returns sample numbers; none is the end. Right after next(), epoch()
/// is that of the batch that it returned, and position() - 1 the number of the batch in its epoch.
template <class S>
concept Sampler = requires(S& sampler) {
  { sampler.next() } -> std::convertible_to<std::span<const Index>>;
  { sampler.epoch() } -> std::convertible_to<Index>;
  { sampler.position() } -> std::convertible_to<Index>;
};

/// Threads and memory of a loader, the seed of its draws, and what becomes of broken samples.
struct LoaderOptions {
  int workers = 2;           ///< threads that decode and transform, 0 .. 1024; 0: the calling thread does it, inside of next()
  Index ahead = 4;           ///< the most batches in memory, 1 .. 65536, with the one that next() returned last. Without workers it is 1.
  std::uint64_t seed = 0;    ///< of the draws of the transform
  bool skip_broken = false;  ///< whether samples whose picture cannot be read are left out
  bool mark_broken = false;  ///< with skip_broken: they keep their places instead, with inputs of 0, and LoaderBatch::broken marks them
};

/// A batch. The spans are views into the loader, valid until the next call of next().
struct LoaderBatch {
  std::span<const float> inputs;         ///< [size, values of a sample]
  std::span<const std::int64_t> labels;  ///< [size]
  std::span<const Index> samples;        ///< [size] numbers in the data set
  std::span<const std::uint8_t> broken;  ///< [size] with LoaderOptions::mark_broken: 1 where the picture cannot be read; else empty
  Index epoch = 0;                       ///< as the sampler says
  Index position = 0;                    ///< number of the batch in its epoch. A run that has used it resumes with sampler.seek(epoch, position + 1).
  Index size() const { return std::ssize(samples); }  ///< number of samples in the batch
};

/// A sample that was left out or marked.
struct BrokenSample {
  Index sample;      ///< number in the data set
  std::string name;  ///< Dataset::name
  std::string what;  ///< the text of its Error
};

/// Loads the batches of a sampler, in the order of the sampler.
///
/// Sample s of epoch e becomes transform(image(s), draws, out), with Draws(Stream(seed, Purpose::augmentation, e, s)). So a batch is a function of seed, epoch
/// and sample numbers: it has the same bits for any number of workers, and after a run was resumed.
///
/// Errors: next() waits for the whole batch. Then it throws the exception of the first sample in the batch that has one, whichever worker met it. Batches
/// before that one were returned as usual, and the next call of next() goes on with the batch after it.
/// With skip_broken an Error of Dataset::image removes the sample from its batch, which gets shorter; nothing takes its place. All other exceptions, and
/// an Error of the transform, are thrown as before. A batch with nothing left is an Error. With mark_broken too, samples stay where they are, and a batch may
/// have nothing but broken ones.
/// An exception of the sampler or of Dataset::label, and a sample number that the set does not have, end the loader: next() returns the batches before, and
/// then throws it, in every call.
///
/// The destructor ends the workers; each finishes the sample that it works on. An object is for one thread at a time, and is neither copied nor moved. A child
/// of fork() can neither use nor destroy it.
class Loader {
 public:
  /// Writes a picture to `out`, [values of a sample]. Many threads may call it at once. It should run no parallel loops: OpenMP would start a team of threads
  /// for each worker.
  using Transform = std::function<void(const image::Image&, Draws&, std::span<float> out)>;

  /// `set` must outlive this object. The first batches are begun at once, if there are workers. Throws Error unless sample_values is at least 1, there is a
  /// transform and the options are in their range, and if a thread cannot be started. Throws std::bad_alloc where there is no memory.
  template <Dataset Set, Sampler S>
  Loader(const Set& set, S sampler, Index sample_values, Transform transform, const LoaderOptions& options = {})
      : size_(set.size()), sample_values_(sample_values), transform_(std::move(transform)), options_(options) {
    require(sample_values >= 1, "loader: wanted at least 1 value for a sample, found ", sample_values);
    require(options.workers >= 0 && options.workers <= 1024, "loader: wanted 0 .. 1024 workers, found ", options.workers);
    require(options.ahead >= 1 && options.ahead <= 65536, "loader: wanted 1 .. 65536 batches ahead, found ", options.ahead);
    require(transform_ != nullptr, "loader: wanted a transform, found none");
    image_ = [&set](Index i) { return set.image(i); };
    label_ = [&set](Index i) { return set.label(i); };
    name_ = [&set](Index i) { return set.name(i); };
    sampler_ = [own = std::make_shared<S>(std::move(sampler))](LoaderBatch& batch) {
      batch.samples = own->next();
      batch.epoch = own->epoch();
      batch.position = own->position() - 1;
    };
    const auto slots = options.workers == 0 ? std::size_t{1} : static_cast<std::size_t>(options.ahead);
    queue_.emplace(options.workers, slots, [this](detail::LoaderSlot& slot, std::size_t k) { load(slot, k); });
    if (options.workers > 0) fill();
  }
  template <Dataset Set, Sampler S>
  Loader(const Set&& set, S sampler, Index sample_values, Transform transform, const LoaderOptions& options = {}) = delete;  // the set would be gone
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  /// The next batch, or nothing when the sampler has no more. Throws what is stated above, and Error in a child of fork(), which has no workers.
  std::optional<LoaderBatch> next() {
    queue_->require_workers();
    if (in_use_) queue_->pop();
    in_use_ = false;
    fill();
    if (queue_->empty() && failure_ != nullptr) std::rethrow_exception(failure_);
    if (queue_->empty()) return std::nullopt;
    const auto start = std::chrono::steady_clock::now();
    detail::LoaderSlot& slot = queue_->front();
    waited_ += std::chrono::steady_clock::now() - start;
    in_use_ = true;
    require_loaded(slot);
    if (!options_.mark_broken) remove_broken(slot);
    const auto broken = options_.mark_broken ? mark_broken(slot) : std::span<const std::uint8_t>();
    return LoaderBatch{slot.inputs, slot.labels, slot.samples, broken, slot.epoch, slot.position};
  }

  /// Seconds that next() has waited for workers so far; without workers the seconds in which it decoded and transformed.
  double seconds_waited() const { return std::chrono::duration<double>(waited_).count(); }

  /// The samples that were left out or marked, each once, in the order of the batches. A sample that is broken in every epoch is here once.
  const std::vector<BrokenSample>& broken() const { return broken_; }
  /// How many samples were left out of batches, or marked in them, so far. A sample counts in every epoch.
  Index skipped() const { return skipped_; }

 private:
  /// Begins batches until `ahead` are in memory. What goes wrong here is kept, and thrown when all batches before it were returned.
  void fill() {
    try {
      while (!ended_ && !queue_->full()) begin_batch();
    } catch (...) {
      failure_ = std::current_exception();
      ended_ = true;
    }
  }

  void begin_batch() {
    LoaderBatch batch;
    sampler_(batch);
    ended_ = batch.samples.empty();
    if (ended_) return;
    detail::LoaderSlot& slot = queue_->free_slot();
    const std::size_t size = batch.samples.size();
    slot.samples.assign(batch.samples.begin(), batch.samples.end());
    slot.labels.clear();
    for (const Index sample : slot.samples) {
      require(0 <= sample && sample < size_, "loader: wanted samples of 0 .. ", size_ - 1, " from the sampler, found ", sample);
      slot.labels.push_back(label_(sample));
    }
    slot.inputs.resize(size * static_cast<std::size_t>(sample_values_));
    slot.errors.assign(size, nullptr);
    slot.unreadable.assign(size, 0);
    slot.epoch = batch.epoch;
    slot.position = batch.position;
    queue_->push();
  }

  /// Fills sample k of a slot, or says what is wrong with it. Runs in a worker.
  void load(detail::LoaderSlot& slot, std::size_t k) const noexcept {
    try {
      const Index sample = slot.samples[k];
      image::Image picture;
      try {
        picture = image_(sample);
      } catch (const Error&) {
        slot.unreadable[k] = 1;
        throw;
      }
      Draws draws(Stream(options_.seed, Purpose::augmentation, static_cast<std::uint64_t>(slot.epoch), static_cast<std::uint64_t>(sample)));
      transform_(picture, draws, row(slot, k));
    } catch (...) {
      slot.errors[k] = std::current_exception();
    }
  }

  std::span<float> row(detail::LoaderSlot& slot, std::size_t k) const {
    const auto values = static_cast<std::size_t>(sample_values_);
    return std::span(slot.inputs).subspan(k * values, values);
  }

  /// Throws the first exception of the slot that is neither left out nor marked.
  void require_loaded(const detail::LoaderSlot& slot) const {
    for (std::size_t k = 0; k < slot.samples.size(); ++k)
      if (slot.errors[k] != nullptr && !(options_.skip_broken && slot.unreadable[k] == 1)) std::rethrow_exception(slot.errors[k]);
  }
  /// The marks of the samples that cannot be read, whose inputs become 0.
  std::span<const std::uint8_t> mark_broken(detail::LoaderSlot& slot) {
    for (std::size_t k = 0; k < slot.samples.size(); ++k) {
      if (slot.errors[k] == nullptr) continue;
      note_broken(slot.samples[k], slot.errors[k]);
      std::ranges::fill(row(slot, k), 0.0f);
    }
    return slot.unreadable;
  }
  /// Closes the gaps of the samples that are left out.
  void remove_broken(detail::LoaderSlot& slot) {
    std::size_t kept = 0;
    for (std::size_t k = 0; k < slot.samples.size(); ++k) {
      if (slot.errors[k] != nullptr) {
        note_broken(slot.samples[k], slot.errors[k]);
        continue;
      }
      if (kept < k) {
        slot.samples[kept] = slot.samples[k];
        slot.labels[kept] = slot.labels[k];
        std::ranges::copy(row(slot, k), row(slot, kept).begin());
      }
      ++kept;
    }
    require(kept > 0, "loader: none of the ", slot.samples.size(), " samples of a batch can be read; the last of them: ", last_);
    slot.samples.resize(kept);
    slot.labels.resize(kept);
    slot.inputs.resize(kept * static_cast<std::size_t>(sample_values_));
  }

  void note_broken(Index sample, const std::exception_ptr& error) {
    ++skipped_;
    try {
      std::rethrow_exception(error);
    } catch (const Error& failure) {
      last_ = failure.what();
    }
    if (known_.insert(sample).second) broken_.push_back({sample, name_(sample), last_});
  }

  Index size_, sample_values_;
  Transform transform_;
  LoaderOptions options_;
  std::function<image::Image(Index)> image_;
  std::function<Index(Index)> label_;
  std::function<std::string(Index)> name_;
  std::function<void(LoaderBatch&)> sampler_;  ///< sets samples (a view, valid until the next call), epoch and position
  bool ended_ = false, in_use_ = false;        ///< the sampler has no more; the front slot is that of the last batch
  std::exception_ptr failure_;                 ///< of the sampler or of a label: no batch can be begun any more
  std::chrono::steady_clock::duration waited_{};
  std::vector<BrokenSample> broken_;
  std::unordered_set<Index> known_;
  Index skipped_ = 0;
  std::string last_;                          ///< the Error of the sample that was left out last
  std::optional<detail::LoaderQueue> queue_;  ///< the last member: its threads use the others
};

}  // namespace adatape::data
