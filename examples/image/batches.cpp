#include "batches.hpp"

#include "adatape/core/parallel.hpp"
#include "adatape/data/loader.hpp"

namespace adatape::examples {

namespace {

LoadedBatch of_part(SampleBatch batch, Index epoch, Index position, SharedParts& parts) {
  auto positions = parts.take_positions();
  batch.whole = parts.size_of(position);
  batch.first = positions.own.first;
  return {batch, epoch, position, std::move(positions)};
}

/// Of pictures in memory: made inside of next(), on all cores.
class MemoryBatches : public Batches {
 public:
  MemoryBatches(const PictureSet& set, TrainingTransform transform, SharedParts parts, std::uint64_t seed)
      : set_(set), transform_(std::move(transform)), parts_(std::move(parts)), seed_(seed) {}

  LoadedBatch next() override {
    const auto samples = parts_.next();
    const auto epoch = static_cast<std::uint64_t>(parts_.epoch());
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
    return of_part({input_, labels_, {}, numbers_}, parts_.epoch(), parts_.position() - 1, parts_);
  }

 private:
  const PictureSet& set_;
  TrainingTransform transform_;
  SharedParts parts_;
  std::uint64_t seed_;
  std::vector<float> input_;
  std::vector<std::int64_t> labels_;
  std::vector<std::uint64_t> numbers_;
};

/// Of files: read by workers ahead of their use.
class FileBatches : public Batches {
 public:
  FileBatches(const PictureSet& set, TrainingTransform transform, SharedParts parts, const BatchOptions& options)
      : parts_(std::move(parts)),
        loader_(set, parts_, set.picture_size(), std::move(transform),
                {.workers = options.workers, .seed = options.seed, .skip_broken = options.skip_broken, .mark_broken = options.skip_broken}) {}

  LoadedBatch next() override {
    const auto batch = loader_.next();
    require(batch.has_value(), "batches: the sampler has come to an end");
    numbers_.assign(batch->samples.begin(), batch->samples.end());
    weights_.assign(batch->broken.size(), 1.0f);
    for (std::size_t i = 0; i < weights_.size(); ++i)
      if (batch->broken[i] == 1) weights_[i] = 0;
    auto loaded = of_part({batch->inputs, batch->labels, weights_, numbers_}, batch->epoch, batch->position, parts_);
    if (!loader_.broken().empty()) loaded.broken = loader_.broken().back().what;
    return loaded;
  }
  double seconds_waited() const override { return loader_.seconds_waited(); }

 private:
  SharedParts parts_;  ///< whose next() is never called: the loader has a copy
  data::Loader loader_;
  std::vector<float> weights_;
  std::vector<std::uint64_t> numbers_;
};

}  // namespace

std::unique_ptr<Batches> make_batches(const PictureSet& set, const PixelTable& table, SharedParts parts, const BatchOptions& options) {
  TrainingTransform transform(options.augmentation, set.fit(), set.height(), set.width(), table);
  if (set.in_memory()) return std::make_unique<MemoryBatches>(set, std::move(transform), std::move(parts), options.seed);
  return std::make_unique<FileBatches>(set, std::move(transform), std::move(parts), options);
}

}  // namespace adatape::examples
