#include "batches.hpp"

#include "adatape/core/parallel.hpp"
#include "adatape/data/loader.hpp"

namespace adatape::examples {

namespace {

/// Of pictures in memory: made inside of next(), on all cores.
class MemoryBatches : public Batches {
 public:
  MemoryBatches(const PictureSet& set, const PixelTable& table, data::ShufflingSampler sampler, const BatchOptions& options)
      : set_(set), table_(table), sampler_(std::move(sampler)), options_(options) {}

  SampleBatch next() override {
    const auto samples = sampler_.next();
    const auto epoch = static_cast<std::uint64_t>(sampler_.epoch());
    const auto size = static_cast<std::size_t>(set_.picture_size());
    input_.resize(samples.size() * size);
    labels_.resize(samples.size());
    numbers_.assign(samples.begin(), samples.end());
    parallel_chunks(std::ssize(samples), 16, [&](Index begin, Index end) {
      image::Image none;  // nothing has to be read
      for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
        Draws draws(Stream(options_.seed, Purpose::augmentation, epoch, numbers_[i]));
        augment(options_.augmentation, draws, set_.pixels(samples[i], none), set_.height(), set_.width(), table_, input_.data() + i * size);
        labels_[i] = set_.label(samples[i]);
      }
    });
    return {input_, labels_, {}, numbers_};
  }

 private:
  const PictureSet& set_;
  PixelTable table_;
  data::ShufflingSampler sampler_;
  BatchOptions options_;
  std::vector<float> input_;
  std::vector<std::int64_t> labels_;
  std::vector<std::uint64_t> numbers_;
};

/// Of files: read by workers ahead of their use.
class FileBatches : public Batches {
 public:
  FileBatches(const PictureSet& set, const PixelTable& table, data::ShufflingSampler sampler, const BatchOptions& options)
      : loader_(set, std::move(sampler), set.picture_size(),
                [table, how = options.augmentation](const image::Image& picture, Draws& draws, std::span<float> out) {
                  augment(how, draws, picture.values, picture.height, picture.width, table, out.data());
                },
                {.workers = options.workers, .seed = options.seed, .skip_broken = options.skip_broken}) {}

  SampleBatch next() override {
    const auto batch = loader_.next();
    require(batch.has_value(), "batches: the sampler has come to an end");
    numbers_.assign(batch->samples.begin(), batch->samples.end());
    return {batch->inputs, batch->labels, {}, numbers_};
  }
  double seconds_waited() const override { return loader_.seconds_waited(); }

 private:
  data::Loader loader_;
  std::vector<std::uint64_t> numbers_;
};

}  // namespace

std::unique_ptr<Batches> make_batches(const PictureSet& set, const PixelTable& table, data::ShufflingSampler sampler, const BatchOptions& options) {
  if (set.in_memory()) return std::make_unique<MemoryBatches>(set, table, std::move(sampler), options);
  return std::make_unique<FileBatches>(set, table, std::move(sampler), options);
}

}  // namespace adatape::examples
