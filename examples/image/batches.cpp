#include "batches.hpp"

#include "adatape/core/parallel.hpp"
#include "adatape/data/loader.hpp"

namespace adatape::examples {

namespace {

/// Of pictures in memory: made inside of next(), on all cores.
class MemoryBatches : public Batches {
 public:
  MemoryBatches(const PictureSet& set, TrainingTransform transform, PartSampler sampler, std::uint64_t seed)
      : set_(set), transform_(std::move(transform)), sampler_(std::move(sampler)), seed_(seed) {}

  LoadedBatch next() override {
    const auto samples = sampler_.next();
    const auto epoch = static_cast<std::uint64_t>(sampler_.epoch());
    const auto size = static_cast<std::size_t>(set_.picture_size());
    input_.resize(samples.size() * size);
    labels_.resize(samples.size());
    numbers_.assign(samples.begin(), samples.end());
    parallel_chunks(std::ssize(samples), 16, [&](Index begin, Index end) {
      for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
        Draws draws(Stream(seed_, Purpose::augmentation, epoch, numbers_[i]));
        transform_(set_.image(samples[i]), draws, std::span(input_).subspan(i * size, size));
        labels_[i] = set_.label(samples[i]);
      }
    });
    return {{input_, labels_, {}, numbers_}, sampler_.epoch(), sampler_.position() - 1};
  }

 private:
  const PictureSet& set_;
  TrainingTransform transform_;
  PartSampler sampler_;
  std::uint64_t seed_;
  std::vector<float> input_;
  std::vector<std::int64_t> labels_;
  std::vector<std::uint64_t> numbers_;
};

/// Of files: read by workers ahead of their use.
class FileBatches : public Batches {
 public:
  FileBatches(const PictureSet& set, TrainingTransform transform, PartSampler sampler, const BatchOptions& options)
      : loader_(set, std::move(sampler), set.picture_size(), std::move(transform),
                {.workers = options.workers, .seed = options.seed, .skip_broken = options.skip_broken}) {}

  LoadedBatch next() override {
    const auto batch = loader_.next();
    require(batch.has_value(), "batches: the sampler has come to an end");
    numbers_.assign(batch->samples.begin(), batch->samples.end());
    return {{batch->inputs, batch->labels, {}, numbers_}, batch->epoch, batch->position};
  }
  double seconds_waited() const override { return loader_.seconds_waited(); }

 private:
  data::Loader loader_;
  std::vector<std::uint64_t> numbers_;
};

}  // namespace

std::unique_ptr<Batches> make_batches(const PictureSet& set, const PixelTable& table, PartSampler sampler, const BatchOptions& options) {
  TrainingTransform transform(options.augmentation, set.fit(), set.height(), set.width(), table);
  if (set.in_memory()) return std::make_unique<MemoryBatches>(set, std::move(transform), std::move(sampler), options.seed);
  return std::make_unique<FileBatches>(set, std::move(transform), std::move(sampler), options);
}

}  // namespace adatape::examples
